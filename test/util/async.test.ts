// Waiting that can be given up. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable, pause } from "../../src/util/async.ts";

test("async: an aborted signal ends a wait with its reason, before and meanwhile", async () => {
  const reason = new Error("enough");
  await assert.rejects(pause(1e6, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const waiting = pause(1e6, controller.signal);
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(abortable(new Promise(() => {}), controller.signal), reason);
});

test("async: what comes in time is given, and leaves no listener behind", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  signal.addEventListener = (...args: unknown[]) => {
    listeners++;
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listeners--;
    Reflect.apply(removeEventListener, signal, args);
  };
  assert.equal(await abortable(Promise.resolve(5), signal), 5);
  await assert.rejects(abortable(Promise.reject(new Error("its own")), signal), /its own/);
  await pause(0, signal);
  assert.equal(listeners, 0);
  assert.equal(await abortable(Promise.resolve(6), undefined), 6);
});
