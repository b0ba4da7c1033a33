// What the comparison of the two runtimes and its soak share. Runs in Node.
import assert from "node:assert/strict";
import path from "node:path";
import type * as Library from "../../src/split/node.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { signalToError } from "../support/signals.ts";

const { splitFile } = (await import(path.resolve("dist/node.js"))) as typeof Library;
const SONG = path.resolve("components/demo/song/song.mp3");

/** Left of every stem, of the song's last seconds. */
async function stemsOn(backend: "native" | "wasm", model: string): Promise<Float32Array[]> {
  const planes = DEFAULT_STEMS.map((): number[] => []);
  for await (const { stems } of await splitFile(SONG, { model, backend, from: 26 })) {
    DEFAULT_STEMS.forEach((stem, i) => stems[stem][0].forEach((sample) => planes[i].push(sample)));
  }
  return planes.map((plane) => Float32Array.from(plane));
}

/** Fails unless a model's stems on the native runtime and on WebAssembly agree to 80 dB. */
export async function runtimesAgree(model: string): Promise<void> {
  const native = await stemsOn("native", model);
  const wasm = await stemsOn("wasm", model);
  native.forEach((plane, i) => {
    assert.ok(plane.length > 80_000, "too short");
    const agreement = signalToError(wasm[i], plane);
    assert.ok(agreement > 80, `${DEFAULT_STEMS[i]}: ${agreement.toFixed(1)} dB`);
  });
}
