// What is known of a source before it is open: src/player/requests.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultModel } from "../../src/player/requests.ts";

test("model: what cannot be heard beside its original takes the one that looks ahead, in safe alone", () => {
  for (const kind of ["url", "file", "element", "tab"] as const) {
    assert.equal(defaultModel(kind, "safe"), "karaoke");
    assert.equal(defaultModel(kind, "balanced"), "live");
    assert.equal(defaultModel(kind, "monitor"), "live");
  }
  for (const mode of ["safe", "balanced", "monitor"] as const) {
    assert.equal(defaultModel("microphone", mode), "live");
    assert.equal(defaultModel(undefined, mode), "live");
  }
});
