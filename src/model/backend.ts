// What runs a model, and the files that are needed for it. Any thread; types only.

export type Backend = "wasm" | "webgpu";

/** URLs of the two files of one build of ONNX Runtime. What ends with ".gz" is packed with gzip. */
export interface OrtFiles {
  readonly mjs: string;
  readonly wasm: string;
}
