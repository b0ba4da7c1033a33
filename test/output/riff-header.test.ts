// WAV files that are written before their length is known: RIFF up to 4 GiB, RF64 beyond.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BufferTarget } from "mediabunny";
import { AudioWriter } from "../../src/output/audio-writer.ts";
import { riffHeader } from "../../src/output/riff-header.ts";
import { decode } from "../decode/files.ts";

async function written(format: "wav16" | "wav24" | "wav32f") {
  const target = new BufferTarget();
  const writer = await AudioWriter.open(format, 44_100, target);
  const ramp = Float32Array.from({ length: 5000 }, (_, n) => n / 8192);
  await writer.add([ramp, ramp]);
  const patch = await writer.finish();
  assert.ok(patch);
  const large = Buffer.from(target.buffer!);
  const small = Buffer.from(large);
  small.set(patch.bytes, patch.position);
  return { large, small, header: large.subarray(0, patch.bytes.length), ramp };
}

for (const [format, frame] of [
  ["wav16", 4],
  ["wav24", 6],
  ["wav32f", 8],
] as const) {
  test(`${format} is RIFF with its sizes, and RF64 from 4 GiB on`, async () => {
    const { large, small, header, ramp } = await written(format);
    assert.equal(small.toString("latin1", 0, 4), "RIFF");
    assert.equal(small.readUInt32LE(4), small.length - 8);
    assert.equal(small.readUInt32LE(header.length - 4), ramp.length * frame);
    for (const bytes of [small, large]) {
      const { planes } = await decode(bytes);
      assert.equal(planes[0].length, ramp.length);
      planes.forEach((plane) => assert.ok(plane.every((x, n) => Math.abs(x - ramp[n]) < 1e-4)));
    }
    assert.equal(large.toString("latin1", 0, 4), "RF64");
    const most = Math.floor((2 ** 32 - 1 - header.length) / frame);
    assert.ok(riffHeader(header, most));
    assert.equal(riffHeader(header, most + 1), undefined);
  });
}
