// Preloaded in a mutation run: `assert.ok` without a message looks its own source up to quote it, which
// takes so long in what tsx makes of a file that failing tests would count as hanging ones.
import assert from "node:assert/strict";

const { ok } = assert;
assert.ok = (value, message = "is not so") => ok(value, message);
