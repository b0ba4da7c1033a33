// A stretch of a song that lies in a file, as a long song's do: 24 bits a sample. Plain data, which threads may share.
// Pure; any thread.
import { cellsOf } from "./cells.ts";
import { expand, keptLength, type KeptBlock, type KeptPlane } from "./kept-block.ts";

interface Stored {
  /** Samples. */
  readonly length: number;
  /** Of left and right; of one plane where they are the same. */
  readonly scales: readonly number[];
  /** Mean squares over left and right, as `cellsOf` gives them. */
  readonly cells: Float32Array;
}

/** Where in its file a block lies, in bytes. */
export interface StoredPlace extends Stored {
  readonly at: number;
}

/** A block by the bytes of its file. */
export interface StoredBlock extends Stored {
  readonly bytes: Blob;
}

export type SongBlock = KeptBlock | StoredBlock;

/** Of a sample in one plane. */
const BYTES = 3;

export const isStored = (block: SongBlock): block is StoredBlock => "bytes" in block;

/** How many samples a block has. */
export const blockLength = (block: SongBlock): number =>
  isStored(block) ? block.length : keptLength(block[0]);

/** What is written of a block that is kept in 24 bits: the upper 16 of all planes, then the lower 8. */
export function toStored(block: KeptBlock): { readonly bytes: Uint8Array; stored: Stored } {
  const [left, right] = block;
  const planes = (right === left ? [left] : [left, right]).filter((plane) => "high" in plane);
  const length = keptLength(left);
  const bytes = new Uint8Array(BYTES * planes.length * length);
  const parts = [...planes.map(({ high }) => high), ...planes.map(({ low }) => low)];
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  const scales = planes.map(({ scale }) => scale);
  return { bytes, stored: { length, scales, cells: cellsOf(expand(block)) } };
}

/** The block that was written at a place of its file. */
export function storedIn(file: Blob, { at, ...stored }: StoredPlace): StoredBlock {
  const size = BYTES * stored.scales.length * stored.length;
  return { ...stored, bytes: file.slice(at, at + size) };
}

/**
 * A block's samples, in memory.
 * @throws DOMException where the file cannot be read any more
 */
export async function readBlock(block: SongBlock): Promise<KeptBlock> {
  if (!isStored(block)) return block;
  const { length, scales } = block;
  const buffer = await block.bytes.arrayBuffer();
  const lows = 2 * length * scales.length;
  const [left, right = left] = scales.map((scale, plane): KeptPlane => ({
    high: new Int16Array(buffer, 2 * length * plane, length),
    low: new Uint8Array(buffer, lows + length * plane, length),
    scale,
  }));
  return [left, right];
}
