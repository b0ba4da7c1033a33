// The header of WAV files that are written before their length is known: as RF64, which may have more than
// 4 GiB (EBU Tech 3306), and turned into plain RIFF where that is enough. Pure; any thread.

/** Bytes that a RIFF file can have. */
const LARGEST = 2 ** 32 - 1;

const text = (letters: string): number[] => Array.from(letters, (letter) => letter.charCodeAt(0));

/**
 * A RIFF header in place of an RF64 one, of the same length, with a chunk of junk where sizes in 64 bits were.
 * @param header from the file's start to its first sample
 * @returns undefined where the file is too long for it and stays RF64
 */
export function riffHeader(
  header: Uint8Array,
  frames: number,
): Uint8Array<ArrayBuffer> | undefined {
  const riff = header.slice();
  const view = new DataView(riff.buffer);
  const format = String.fromCharCode(...riff).indexOf("fmt ");
  const data = frames * view.getUint16(format + 8 + 12, true);
  const size = header.length + data;
  if (size > LARGEST) return undefined;
  riff.set(text("RIFF"));
  view.setUint32(4, size - 8, true);
  riff.set(text("JUNK"), 12);
  riff.fill(0, 20, 48);
  view.setUint32(header.length - 4, data, true);
  return riff;
}
