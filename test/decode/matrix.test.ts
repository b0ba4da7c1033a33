// Containers, codecs, channel layouts and start offsets that ffmpeg writes, each codec in each container and with each
// layout once: the same sound from ffmpeg, Node and Chromium, or one clear line. The other files are in the soak.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES, COVERING, FOREIGN, GAPPED } from "./matrix.ts";
import { testGaps, testReading, testRefusals } from "./matrix-tests.ts";

test("there are at least eighty files", (t) => {
  assert.ok(CASES.length >= 80);
  t.diagnostic(`${CASES.length - COVERING.length} of ${CASES.length} are left to the soak`);
});

testReading(COVERING);
testGaps(GAPPED);
testRefusals(FOREIGN);
