// Samples as the bytes of a WAV file. Pure; any thread.

const PCM = ["pcm-s16", "pcm-s24", "pcm-f32"] as const;
export type PcmCodec = (typeof PCM)[number];

export const isPcm = (codec: string): codec is PcmCodec =>
  (PCM as readonly string[]).includes(codec);

/** Left and right in turn, little-endian. Whole numbers are rounded and clip at ±1. */
export function pcmBytes(left: Float32Array, right: Float32Array, codec: PcmCodec): Uint8Array {
  const { length } = left;
  const planes = [left, right];
  if (codec === "pcm-f32") {
    const floats = new Float32Array(2 * length);
    planes.forEach((plane, at) => put32(floats, at, plane));
    return new Uint8Array(floats.buffer);
  }
  if (codec === "pcm-s16") {
    const values = new Int16Array(2 * length);
    planes.forEach((plane, at) => put16(values, at, plane));
    return new Uint8Array(values.buffer);
  }
  const bytes = new Uint8Array(6 * length);
  planes.forEach((plane, at) => put24(bytes, 3 * at, plane));
  return bytes;
}

function put32(values: Float32Array, at: number, plane: Float32Array): void {
  for (let i = 0; i < plane.length; i++, at += 2) values[at] = plane[i];
}

function put16(values: Int16Array, at: number, plane: Float32Array): void {
  for (let i = 0; i < plane.length; i++, at += 2) values[at] = rounded(plane[i] * 2 ** 15, 2 ** 15);
}

function put24(bytes: Uint8Array, at: number, plane: Float32Array): void {
  for (let i = 0; i < plane.length; i++, at += 6) {
    const value = rounded(plane[i] * 2 ** 23, 2 ** 23);
    bytes[at] = value;
    bytes[at + 1] = value >> 8;
    bytes[at + 2] = value >> 16;
  }
}

/** To the nearest whole number, halves up, from −scale to below `scale`. */
function rounded(value: number, scale: number): number {
  const whole = Math.floor(value + 0.5);
  return whole >= scale ? scale - 1 : whole < -scale ? -scale : whole;
}
