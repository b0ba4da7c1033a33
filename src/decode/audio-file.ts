// The bytes of a recording, wherever they lie. Any thread.
import { BlobSource, type Source } from "mediabunny";

export interface AudioFile {
  readonly name: string;
  readonly size: number;
  /** Bytes from `start` up to `end`, fewer at the end of the file. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The whole file in order. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The same for mediabunny. @internal */
  source(): Source;
}

/** A Blob or File, from a file input or from memory. */
export function blobFile(
  blob: Blob,
  name = blob instanceof File ? blob.name : "recording",
): AudioFile {
  return {
    name,
    size: blob.size,
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    chunks: () => chunksOf(blob),
    source: () => new BlobSource(blob),
  };
}

const CHUNK = 1 << 16;

/** Safari's blobs have streams that cannot be iterated; slices work everywhere. */
async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += CHUNK) {
    yield new Uint8Array(await blob.slice(at, at + CHUNK).arrayBuffer());
  }
}
