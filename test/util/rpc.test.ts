// Errors over comlink: what one thread throws the other one catches, with its code. Node.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DannaError } from "../../src/errors.ts";
import { expose, wrap, type Endpoint } from "../../src/util/rpc.ts";

const { port1, port2 } = new MessageChannel();
after(() => port1.close());
expose(
  {
    fail(error: string): never {
      throw error === "typed"
        ? new DannaError("model", "The file a.onnx is damaged.")
        : new TypeError("no such thing");
    },
    give: (x: number) => x + 1,
  },
  port1 as unknown as Endpoint,
);
const remote = wrap<{ fail(kind: string): never; give(x: number): number }>(
  port2 as unknown as Endpoint,
);

test("rpc: a DannaError keeps its code and message", async () => {
  await assert.rejects(remote.fail("typed"), (error) => {
    assert.ok(error instanceof DannaError);
    assert.equal(error.code, "model");
    assert.equal(error.message, "The file a.onnx is damaged.");
    return true;
  });
});

test("rpc: any other error becomes a DannaError of the worker", async () => {
  await assert.rejects(remote.fail("other"), (error) => {
    assert.ok(error instanceof DannaError);
    assert.equal(error.code, "worker");
    assert.match(error.message, /no such thing/);
    return true;
  });
});

test("rpc: results come as they are", async () => {
  assert.equal(await remote.give(1), 2);
});
