// Types of the parts of @echogarden/pffft-wasm (PFFFT built with Emscripten) that are used here.

/** `PFFFT_WASM_BASE64` is pffft.wasm, put in by esbuild; undefined where the source runs unbundled. */
declare const PFFFT_WASM_BASE64: string | undefined;

declare module "@echogarden/pffft-wasm/simd" {
  export interface PffftModule {
    /** Replaced by a new view whenever the heap grows. */
    readonly HEAPF32: Float32Array<ArrayBuffer>;
    /** Pointer to a plan, or 0 when the size is not supported. `transform`: 0 real, 1 complex. */
    _pffft_new_setup(size: number, transform: 0 | 1): number;
    _pffft_destroy_setup(setup: number): void;
    /** `direction`: 0 forward, 1 backward; neither is scaled. Pointers are 16-byte aligned. */
    _pffft_transform_ordered(
      setup: number,
      input: number,
      output: number,
      work: number,
      direction: 0 | 1,
    ): void;
    _pffft_aligned_malloc(bytes: number): number;
    _pffft_aligned_free(pointer: number): void;
  }
  export default function load(options: {
    wasmBinary?: Uint8Array<ArrayBuffer>;
    locateFile?: (name: string) => string;
  }): Promise<PffftModule>;
}
