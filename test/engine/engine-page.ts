// Browser side of browser.test.ts: separates noise in the page, and in a module worker.
import { Engine } from "../../src/engine/engine.ts";
import { runtimeIn } from "../../src/model/built-files.ts";
import { fetchModel } from "../../src/model/fetch.ts";
import { loadModel } from "../../src/engine/session.ts";
import { noise } from "../support/signals.ts";

const HOPS = 12;

/** Samples of all stems and channels, one after the other. */
export async function separateNoise(origin: string): Promise<number[]> {
  const model = await fetchModel(`${origin}/models/recurrent.json`);
  const session = await loadModel({
    ...model,
    backend: "wasm",
    wasmPaths: runtimeIn(`${origin}/ort/`),
  });
  const engine = new Engine(session);
  const samples = await separateHops(engine);
  await engine.dispose();
  return samples;
}

/** The same for a given engine, which the Node side of the test has too. */
export async function separateHops(engine: Engine): Promise<number[]> {
  const { hop } = engine;
  const input = [noise(HOPS * hop, 1), noise(HOPS * hop, 2)];
  const output = Array.from({ length: 4 }, () => input.map(() => new Float32Array(HOPS * hop)));
  for (let at = 0; at < HOPS * hop; at += hop) {
    const part = (channel: Float32Array) => channel.subarray(at, at + hop);
    await engine.process(
      input.map(part),
      output.map((stem) => stem.map(part)),
    );
  }
  return output.flatMap((stem) => stem.flatMap((channel) => [...channel]));
}

if ("importScripts" in globalThis) {
  self.postMessage(await separateNoise(self.location.origin));
}
