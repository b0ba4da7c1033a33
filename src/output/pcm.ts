// Samples as the bytes of a WAV file. Pure; any thread.

const PCM = ["pcm-s16", "pcm-s24", "pcm-f32"] as const;
export type PcmCodec = (typeof PCM)[number];

export const isPcm = (codec: string): codec is PcmCodec =>
  (PCM as readonly string[]).includes(codec);

/** Left and right in turn, little-endian. Whole numbers are rounded and clip at ±1. */
export function pcmBytes(left: Float32Array, right: Float32Array, codec: PcmCodec): Uint8Array {
  const { length } = left;
  if (codec === "pcm-f32") {
    const floats = new Float32Array(2 * length);
    for (let i = 0; i < length; i++) {
      floats[2 * i] = left[i];
      floats[2 * i + 1] = right[i];
    }
    return new Uint8Array(floats.buffer);
  }
  if (codec === "pcm-s16") {
    const values = new Int16Array(2 * length);
    for (let i = 0; i < length; i++) {
      values[2 * i] = rounded(left[i], 2 ** 15);
      values[2 * i + 1] = rounded(right[i], 2 ** 15);
    }
    return new Uint8Array(values.buffer);
  }
  const bytes = new Uint8Array(6 * length);
  for (let i = 0; i < length; i++) {
    put24(bytes, 6 * i, rounded(left[i], 2 ** 23));
    put24(bytes, 6 * i + 3, rounded(right[i], 2 ** 23));
  }
  return bytes;
}

function rounded(sample: number, scale: number): number {
  const value = Math.round(sample * scale);
  if (value >= scale) return scale - 1;
  return value < -scale ? -scale : value;
}

function put24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
}
