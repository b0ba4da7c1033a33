// What browsers reject with, told apart: what a person must allow, and what must be plugged in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DannaError } from "../../src/errors.ts";
import { refusal } from "../../src/sources/stream-source.ts";

const CASES = [
  ["NotAllowedError", "refused", "permission", /allow it/],
  ["SecurityError", "refused", "permission", /allow it/],
  ["InvalidStateError", "refused", "permission", /after a click/],
  ["NotFoundError", "unplugged", "device", /plug it in/],
  ["OverconstrainedError", "unplugged", "device", /choose another/],
  ["NotReadableError", "unplugged", "device", /in use here.*close other programs/],
] as const;

for (const [name, reason, code, message] of CASES) {
  test(`${name} is "${reason}"`, () => {
    const cause = new DOMException("in use here", name);
    const result = refusal(cause, "the microphone");
    assert.equal(result.reason, reason);
    assert.equal(result.error.code, code);
    assert.equal(result.error.cause, cause);
    assert.match(result.error.message, /the microphone/);
    assert.match(result.error.message, message);
  });
}

test("an error of the library's own is passed on", () => {
  const error = new DannaError("permission", "The share has no sound.");
  assert.deepEqual(refusal(error, "a share"), { reason: "refused", error });
});
