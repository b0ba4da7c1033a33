// Loads and runs damaged and senseless models, one after the other. Runs in a module worker, which
// tells its page before every one, so that the page sees where it stopped.
import fc from "fast-check";
import { Engine } from "../../src/engine/engine.ts";
import { runtimeIn } from "../../src/model/built-files.ts";
import { loadStreamingManifest } from "../../src/model/manifest.ts";
import { loadModel } from "../../src/engine/session.ts";
import { sha256 } from "../../src/util/sha256.ts";
import { DannaError } from "../../src/errors.ts";
import { damagedBytes, FFT_SIZE, senselessGraph, STATE } from "./fuzz-cases.ts";

export interface FuzzOptions {
  origin: string;
  seed: number;
  runs: number;
  fixtures: readonly string[];
}

export type FuzzMessage =
  | { type: "case"; number: number }
  /** The runtime itself fell over; it was reported as any other fault, and is not to be used again. */
  | { type: "trap"; reason: string }
  | { type: "done"; outcomes: Record<string, number>; failure: string | undefined };

const tell = (message: FuzzMessage) => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<FuzzOptions>) => tell(await fuzz(data));

type Json = Record<string, unknown>;
interface Candidate {
  json: Json;
  bytes: Uint8Array<ArrayBuffer>;
}

async function candidates({ origin, fixtures }: FuzzOptions): Promise<fc.Arbitrary<Candidate>> {
  const known = await Promise.all(
    fixtures.map(async (name) => {
      const at = `${origin}/models/${name}`;
      const [manifest, file] = await Promise.all([fetch(`${at}.json`), fetch(`${at}.onnx`)]);
      const json = (await manifest.json()) as Json;
      return { json, bytes: new Uint8Array(await file.arrayBuffer()) };
    }),
  );
  const bins = FFT_SIZE / 2 + 1;
  const senseless: Json = {
    ...known[0].json,
    name: "senseless",
    fftSize: FFT_SIZE,
    synthesisWindow: FFT_SIZE / 2,
    hop: FFT_SIZE / 4,
    input: { name: "spectrum", shape: ["frames", 2, bins, 2] },
    output: { name: "masks", kind: "mask", shape: ["frames", 4, 2, bins, 2] },
    state: [STATE],
  };
  return fc.oneof(
    ...known.map(({ json, bytes }) => damagedBytes(bytes).map((bytes) => ({ json, bytes }))),
    { arbitrary: senselessGraph.map((bytes) => ({ json: senseless, bytes })), weight: 5 },
  );
}

/** What came of a model: "accepted", or who refused it. */
async function outcome({ json, bytes }: Candidate, ortUrl: string): Promise<string> {
  try {
    const manifest = loadStreamingManifest({
      ...json,
      bytes: bytes.length,
      sha256: await sha256(bytes),
    });
    const session = await loadModel({
      manifest,
      bytes,
      backend: "wasm",
      wasmPaths: runtimeIn(ortUrl),
    });
    const engine = new Engine(session);
    const planes = (count: number) =>
      Array.from({ length: count }, () => new Float32Array(3 * engine.hop).fill(0.5));
    try {
      await engine.process(
        planes(2),
        Array.from({ length: 4 }, () => planes(2)),
      );
    } finally {
      await engine.dispose();
    }
    return "accepted";
  } catch (error) {
    if (!(error instanceof DannaError)) throw error;
    if (error.cause instanceof WebAssembly.RuntimeError) {
      tell({ type: "trap", reason: error.message });
    }
    if (error.message.includes("is refused")) return "refused unread";
    return error.code === "model" ? "refused by the runtime" : error.code;
  }
}

async function fuzz(options: FuzzOptions): Promise<FuzzMessage> {
  const outcomes: Record<string, number> = {};
  let number = 0;
  const property = fc.asyncProperty(await candidates(options), async (candidate) => {
    tell({ type: "case", number: number++ });
    const code = await outcome(candidate, `${options.origin}/ort/`);
    outcomes[code] = (outcomes[code] ?? 0) + 1;
  });
  const { seed, runs } = options;
  const result = await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  const failure = result.failed ? fc.defaultReportMessage(result)?.slice(0, 2000) : undefined;
  return { type: "done", outcomes, failure };
}
