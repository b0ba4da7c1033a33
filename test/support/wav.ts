// Reads the WAV files that tests let the library write. Runs in Node.
import assert from "node:assert/strict";

export interface Wav {
  readonly bits: number;
  readonly format: number;
  readonly rate: number;
  readonly left: Float64Array;
}

/** Reads a stereo WAV of 16- or 24-bit integers or 32-bit floats. */
export function readWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  assert.equal(name(0), "RIFF");
  assert.equal(name(8), "WAVE");
  assert.equal(view.getUint32(4, true), bytes.length - 8, "the header knows the length");
  const chunks = new Map<string, number>();
  for (let at = 12; at + 8 <= bytes.length;) {
    chunks.set(name(at), at + 8);
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  const fmt = chunks.get("fmt ")!;
  const data = chunks.get("data")!;
  const bits = view.getUint16(fmt + 14, true);
  assert.equal(view.getUint16(fmt + 2, true), 2, "stereo");
  const frame = (2 * bits) / 8;
  const frames = view.getUint32(data - 4, true) / frame;
  const left = Float64Array.from({ length: frames }, (_, n) => {
    const at = data + n * frame;
    if (bits === 16) return view.getInt16(at, true) / 2 ** 15;
    if (bits === 32) return view.getFloat32(at, true);
    return ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23;
  });
  return { bits, format: view.getUint16(fmt, true), rate: view.getUint32(fmt + 4, true), left };
}
