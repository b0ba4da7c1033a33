// URLs of the files that ship in models/, by name. Page or worker.
//
// Each is written out, as in built-files.ts, so that bundlers see the file and copy it. Files that end in
// .gz are packed: see fetch.ts.

export const shippedModels = (): Readonly<Record<string, string>> => ({
  "karaoke.json": new URL("./models/karaoke.json", import.meta.url).href,
  "karaoke.onnx": new URL("./models/karaoke.onnx", import.meta.url).href,
  "live.json": new URL("./models/live.json", import.meta.url).href,
  "live.onnx": new URL("./models/live.onnx", import.meta.url).href,
  "studio-net.json": new URL("./models/studio-net.json", import.meta.url).href,
  "studio-net.onnx": new URL("./models/studio-net.onnx.gz", import.meta.url).href,
  "studio.json": new URL("./models/studio.json", import.meta.url).href,
});

/** By its URL in the folder of the models, which ends with a slash, where a file lies that is packed there. */
export const packedModels = (folder: string): Readonly<Record<string, string>> => ({
  [`${folder}studio-net.onnx`]: `${folder}studio-net.onnx.gz`,
});
