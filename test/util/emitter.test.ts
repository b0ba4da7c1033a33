// The emitter: order, unsubscribing, and listeners that throw.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../src/util/emitter.ts";

interface Events {
  late: number;
  dispose: undefined;
}

test("listeners are called in order with the payload, until they are taken off", () => {
  const emitter = new Emitter<Events>();
  const calls: string[] = [];
  const offFirst = emitter.on("late", (hops) => calls.push(`first ${hops}`));
  emitter.on("late", (hops) => calls.push(`second ${hops}`));
  emitter.on("dispose", () => calls.push("dispose"));
  emitter.emit("late", 3);
  offFirst();
  offFirst();
  emitter.emit("late", 4);
  emitter.emit("dispose", undefined);
  emitter.clear();
  emitter.emit("late", 5);
  assert.deepEqual(calls, ["first 3", "second 3", "second 4", "dispose"]);
});

test("a listener that takes itself or another off, or adds one, does not disturb the round", () => {
  const emitter = new Emitter<Events>();
  const calls: string[] = [];
  const off = emitter.on("late", () => {
    calls.push("once");
    off();
    emitter.on("late", () => calls.push("added"));
  });
  emitter.on("late", () => calls.push("other"));
  emitter.emit("late", 1);
  assert.deepEqual(calls, ["once", "other"]);
  emitter.emit("late", 2);
  assert.deepEqual(calls, ["once", "other", "other", "added"]);
});

test("a listener that throws keeps no other from its turn, and its error is reported", async () => {
  const emitter = new Emitter<Events>();
  const calls: number[] = [];
  emitter.on("late", () => {
    throw new Error("a listener's fault");
  });
  emitter.on("late", (hops) => calls.push(hops));
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    const reported = new Promise<Error>((resolve) => process.once("uncaughtException", resolve));
    emitter.emit("late", 1);
    assert.deepEqual(calls, [1]);
    assert.equal((await reported).message, "a listener's fault");
  } finally {
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});
