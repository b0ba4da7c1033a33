// Memory of WebAssembly that kernels work in. Any thread.

const VECTOR = 16;
const PAGE = 2 ** 16;

/** Floats in a heap. */
export class HeapFloats {
  /** Address in bytes. */
  readonly at: number;
  readonly #length: number;
  readonly #memory: WebAssembly.Memory;
  #view: Float32Array<ArrayBuffer>;

  constructor(memory: WebAssembly.Memory, at: number, length: number) {
    this.at = at;
    this.#memory = memory;
    this.#length = length;
    this.#view = new Float32Array(memory.buffer, at, length);
  }

  /** The floats themselves. Ask for them anew before each use: the view changes when the heap grows. */
  get values(): Float32Array<ArrayBuffer> {
    if (this.#view.length === 0) {
      this.#view = new Float32Array(this.#memory.buffer, this.at, this.#length);
    }
    return this.#view;
  }
}

/** Nothing is freed before the heap itself is let go of. */
export class Heap {
  readonly #memory = new WebAssembly.Memory({ initial: 0 });
  #end = 0;

  /** Functions of a `wasmModule` that work in this heap. */
  instantiate(module: WebAssembly.Module): WebAssembly.Exports {
    return new WebAssembly.Instance(module, { m: { m: this.#memory } }).exports;
  }

  /** Zeros. */
  allocate(floats: number): HeapFloats {
    const at = this.#end;
    this.#end += Math.ceil((4 * floats) / VECTOR) * VECTOR;
    const missing = Math.ceil((this.#end - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.#memory.grow(missing);
    return new HeapFloats(this.#memory, at, floats);
  }
}
