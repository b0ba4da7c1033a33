// URLs of the files that ship in models/, by name. Page or worker.
//
// Each is written out, as in built-files.ts, so that bundlers see the file and copy it.

export const shippedModels = (): Readonly<Record<string, string>> => ({
  "karaoke.json": new URL("./models/karaoke.json", import.meta.url).href,
  "karaoke.onnx.planes.gz": new URL("./models/karaoke.onnx.planes.gz", import.meta.url).href,
  "live.json": new URL("./models/live.json", import.meta.url).href,
  "live.onnx.planes.gz": new URL("./models/live.onnx.planes.gz", import.meta.url).href,
  "studio-net.json": new URL("./models/studio-net.json", import.meta.url).href,
  "studio-net.onnx.planes.gz": new URL("./models/studio-net.onnx.planes.gz", import.meta.url).href,
  "studio.json": new URL("./models/studio.json", import.meta.url).href,
});
