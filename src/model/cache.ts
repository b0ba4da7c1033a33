// Keeps model files between visits, by their SHA-256, in the browser's Cache API. Page or worker.
// A file is kept in segments, each written when it is complete: what a closed page had downloaded
// is there at the next visit. Whoever reads checks the hash; nothing here does.
import type { ModelFile } from "./manifest.ts";

export const CACHE = "danna-sep-models";
/** The cache wants web addresses; this one exists nowhere. */
export const ROOT = "https://danna-sep.invalid/";
/** Bytes of all segments but the last. */
export const SEGMENT = 2 ** 22;

export class ModelCache {
  readonly #cache: Cache | undefined;
  readonly #manifest: ModelFile;
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(manifest: ModelFile, cache: Cache | undefined) {
    this.#manifest = manifest;
    this.#cache = cache;
  }

  /** A cache that keeps nothing where there is no cache, or where the browser refuses it. */
  static async open(manifest: ModelFile): Promise<ModelCache> {
    // Where a frame has no origin, even to read the property throws.
    const open = async () => globalThis.caches?.open(CACHE);
    return new ModelCache(manifest, await open().catch(() => undefined));
  }

  get #folder(): string {
    return `${ROOT}${encodeURIComponent(this.#manifest.name)}/`;
  }

  #key(segment: number): string {
    return `${this.#folder}${this.#manifest.sha256}/${segment}`;
  }

  /** Copies what is kept to the start of `bytes`, which holds the whole file; returns how much. */
  async read(bytes: Uint8Array): Promise<number> {
    for (let start = 0; start < bytes.length; start += SEGMENT) {
      const response = await this.#cache?.match(this.#key(start / SEGMENT)).catch(() => undefined);
      const segment = response && new Uint8Array(await response.arrayBuffer());
      if (segment?.length !== Math.min(SEGMENT, bytes.length - start)) return start;
      bytes.set(segment, start);
    }
    return bytes.length;
  }

  /** Keeps the segments of `bytes` that ended after `before` and by `loaded`. Never fails. */
  write(bytes: Uint8Array<ArrayBuffer>, before: number, loaded: number): void {
    const last =
      loaded === bytes.length ? Math.ceil(loaded / SEGMENT) : Math.floor(loaded / SEGMENT);
    for (let i = Math.floor(before / SEGMENT); i < last; i++) {
      const segment = bytes.slice(i * SEGMENT, Math.min((i + 1) * SEGMENT, loaded));
      // A full disk or private browsing: the model is downloaded again at the next visit.
      this.#writes = this.#writes.then(() =>
        this.#cache?.put(this.#key(i), new Response(segment)).catch(() => undefined),
      );
    }
  }

  /** Resolves when all is written, and earlier versions of the model are gone. */
  async finish(): Promise<void> {
    await this.#writes;
    await this.#remove((url) => !url.startsWith(`${this.#folder}${this.#manifest.sha256}/`));
  }

  /** Forgets this file. */
  async clear(): Promise<void> {
    await this.#writes;
    await this.#remove(() => true);
  }

  async #remove(wanted: (url: string) => boolean): Promise<void> {
    const cache = this.#cache;
    if (!cache) return;
    const keys = await cache.keys().catch(() => []);
    const ours = keys.filter(({ url }) => url.startsWith(this.#folder) && wanted(url));
    await Promise.all(ours.map((key) => cache.delete(key).catch(() => false)));
  }
}
