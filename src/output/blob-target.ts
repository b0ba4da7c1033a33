// A file that is collected in blobs, which browsers keep on disk, while it is written. Page or worker.
import type { StreamTargetChunk } from "mediabunny";

/** Bytes from which a stretch of the file is put into a Blob, which browsers keep on disk. */
const BLOB_SIZE = 4 << 20;
/** Upper bound of the header, of which parts are written again at the end. */
const HEADER_SIZE = 1 << 10;

/** Collects what a muxer writes; only the header may be written twice. */
export class BlobTarget {
  readonly #header = new Uint8Array(HEADER_SIZE);
  readonly #parts: Blob[] = [];
  #tail: Uint8Array<ArrayBuffer>[] = [];
  #tailSize = 0;
  #length = 0;

  writable(): WritableStream<StreamTargetChunk> {
    return new WritableStream({ write: (chunk) => this.#write(chunk) });
  }

  #write({ data, position }: StreamTargetChunk): void {
    if (position < HEADER_SIZE)
      this.#header.set(data.subarray(0, HEADER_SIZE - position), position);
    const fresh = data.subarray(Math.max(0, Math.max(HEADER_SIZE, this.#length) - position));
    this.#length = Math.max(this.#length, position + data.length);
    if (fresh.length === 0) return;
    this.#tail.push(fresh.slice());
    this.#tailSize += fresh.length;
    if (this.#tailSize >= BLOB_SIZE) this.#spill();
  }

  #spill(): void {
    this.#parts.push(new Blob(this.#tail));
    this.#tail = [];
    this.#tailSize = 0;
  }

  file(name: string, type: string): File {
    this.#spill();
    const header = this.#header.slice(0, Math.min(HEADER_SIZE, this.#length));
    return new File([header, ...this.#parts], name, { type });
  }
}
