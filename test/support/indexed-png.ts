// Pictures as indexed-colour PNGs: a third of what a browser's screenshots take. Runs in Node.
import { crc32, deflateSync } from "node:zlib";
import { PNG } from "pngjs";

const MOST = 256;
/** A colour as one number, alpha left out. */
const colourAt = (data: Buffer, pixel: number) => data.readUIntBE(4 * pixel, 3);
const parts = (colour: number) => [colour >> 16, (colour >> 8) & 255, colour & 255];
const distance = (a: number, b: number) => {
  const others = parts(b);
  return parts(a).reduce((sum, part, i) => sum + (part - others[i]) ** 2, 0);
};

/**
 * Which colours stand for which: a frequent one for those that differ from it by less than 8 in each part, and when 256 are
 * found, the nearest of these for what is left.
 */
function paletteOf(colours: readonly number[]): {
  palette: number[];
  indices: Map<number, number>;
} {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const frequent = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!);
  const [palette, indices, cells] = [[] as number[], new Map<number, number>(), new Map()];
  for (const colour of frequent) {
    const cell = colour & 0xf8f8f8;
    if (!cells.has(cell)) {
      const isFull = palette.length === MOST;
      const distances = isFull ? palette.map((other) => distance(colour, other)) : [];
      cells.set(cell, isFull ? distances.indexOf(Math.min(...distances)) : palette.length);
      if (!isFull) palette.push(colour);
    }
    indices.set(colour, cells.get(cell) as number);
  }
  return { palette, indices };
}

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

function chunk(type: string, data: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** An opaque PNG anew with at most 256 colours; `note` is kept in it. */
export function toIndexed(png: Buffer, note: string): Buffer {
  const { width, height, data } = PNG.sync.read(png);
  const colours = Array.from({ length: width * height }, (_, pixel) => colourAt(data, pixel));
  const { palette, indices } = paletteOf(colours);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, a palette.
  header.set([8, 3], 8);
  // A byte before each row says that it is not filtered.
  const rows = Buffer.alloc(height * (width + 1));
  colours.forEach((colour, pixel) => {
    const y = Math.floor(pixel / width);
    rows[pixel + y + 1] = indices.get(colour)!;
  });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("tEXt", Buffer.from(`Comment\0${note}`, "latin1")),
    chunk("PLTE", Buffer.from(palette.flatMap(parts))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
