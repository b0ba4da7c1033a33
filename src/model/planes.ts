// Model files as they ship: the ONNX file's bytes in four planes, packed with gzip. A plane has every fourth byte:
// so gzip sees the signs and exponents of float32 weights by themselves, which it saves, and their noise by itself. Pure.

/** Ends the name of such a file; a manifest states length and hash of what is in it. */
export const PACKED = ".planes.gz";
const PLANES = 4;

/** Puts bytes that came plane by plane into their places. */
export function joinPlanes(bytes: Uint8Array): void {
  const planes = bytes.slice();
  let from = 0;
  for (let plane = 0; plane < PLANES; plane++) {
    for (let i = plane; i < bytes.length; i += PLANES) bytes[i] = planes[from++];
  }
}
