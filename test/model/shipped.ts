// The shipped live model in Node, and signals through it. Shared by its tests.
import { readFile } from "node:fs/promises";
import { openAudio } from "../../src/decode/open-audio.ts";
import { pathFile } from "../../src/decode/path-file.ts";
import { Engine } from "../../src/engine/engine.ts";
import { loadStreamingManifest } from "../../src/model/manifest.ts";
import { loadModel } from "../../src/engine/session.ts";
import { CHANNELS, joined, type Planar } from "../../src/dsp/planar-queue.ts";
import { separateHops } from "../../src/split/stages/engine-stage.ts";

/** Hops in one run: an hour of sound in minutes. */
const HOPS = 32;
const FILE = "models/live";

export async function shippedEngine(): Promise<Engine> {
  const manifest = loadStreamingManifest(JSON.parse(await readFile(`${FILE}.json`, "utf8")));
  const bytes = new Uint8Array(await readFile(`${FILE}.onnx`));
  return new Engine(await loadModel({ manifest, bytes, backend: "wasm" }));
}

/** The stems' planes, `engine.delay` behind the input, in whole runs. */
export async function separate(engine: Engine, input: Planar): Promise<Planar> {
  const run = HOPS * engine.hop;
  const blocks: Planar[] = [];
  for (let at = 0; at + run <= input[0].length; at += run) {
    blocks.push(
      await separateHops(
        engine,
        input.map((plane) => plane.subarray(at, at + run)),
      ),
    );
  }
  return joined(blocks, engine.stems.length * CHANNELS);
}

/** A recording's two channels from one second to another. */
export async function excerpt(file: string, from: number, to: number): Promise<Planar> {
  const { sampleRate, blocks } = await openAudio(await pathFile(file));
  const all: Planar[] = [];
  for await (const block of blocks) all.push(block.map((plane) => plane.slice()));
  return joined(all, 2).map((plane) => plane.slice(from * sampleRate, to * sampleRate));
}
