// Model files as they ship: the ONNX file's bytes in four planes, packed with gzip. A plane has every fourth byte:
// so gzip sees the signs and exponents of float32 weights by themselves, which it saves, and their noise by itself. Pure.

/** Ends the name of such a file; a manifest states length and hash of what is in it. */
export const PACKED = ".planes.gz";
const PLANES = 4;

/** Bytes that came plane by plane, in their places. */
export function joinPlanes(planes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(planes.length);
  const whole = Math.floor(planes.length / PLANES);
  const rest = planes.length % PLANES;
  // The first planes have one byte more each, where the length is no multiple of theirs.
  const starts = Array.from({ length: PLANES }, (_, p) => p * whole + Math.min(p, rest));
  const [a, b, c, d] = starts;
  const words = new Uint32Array(bytes.buffer, 0, whole);
  for (let i = 0; i < whole; i++) {
    words[i] = planes[a + i] | (planes[b + i] << 8) | (planes[c + i] << 16) | (planes[d + i] << 24);
  }
  for (let p = 0; p < rest; p++) bytes[PLANES * whole + p] = planes[starts[p] + whole];
  return bytes;
}
