// `danna-sep doctor`: what would run here, and how fast. Node.
import { availableParallelism, cpus, totalmem } from "node:os";
import { ADD_NATIVE, backendHere } from "../engine/native.ts";
import type { SplitBackend } from "../engine/runtime.ts";
import { DannaError } from "../errors.ts";
import { isComplete, userModels } from "../model/folder-catalogue.ts";
import { loadModel, modelCatalogue, splitFile } from "../split/node.ts";
import { knownModel } from "./known-model.ts";

/** Two strides of the studio model, which computes whole segments. */
const SECONDS = 12;
const RATE = 44100;

interface ModelCheck {
  name: string;
  /** Seconds of sound per second of time. */
  speed?: number;
  problem?: string;
}

/**
 * @param options which models to try, all that are installed when none is named
 * @returns whether at least one model runs
 * @throws DannaError "input" when there is none of a name; the signal's reason when aborted
 */
export async function doctorCommand(
  { names, json }: { names: readonly string[]; json: boolean },
  version: string,
  signal: AbortSignal,
): Promise<boolean> {
  const models = await checkModels(names, signal);
  const facts = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    backend: await backendHere(),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    aac: await hasAac(),
    folder: userModels(),
    models,
  };
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : describe(facts));
  return models.some(({ speed }) => speed !== undefined);
}

async function hasAac(): Promise<boolean> {
  return import("@audio/decode-aac").then(
    () => true,
    () => false,
  );
}

async function checkModels(names: readonly string[], signal: AbortSignal): Promise<ModelCheck[]> {
  const catalogue = modelCatalogue();
  for (const name of names) await knownModel(name, catalogue.manifest(name));
  // It takes a while, and what runs beside it would be measured as well.
  process.stderr.write(
    `Splitting ${SECONDS} s of noise with each model, to see how fast that is …\n`,
  );
  const checks: ModelCheck[] = [];
  for (const model of await catalogue.list()) {
    const { name } = model.manifest;
    if (names.length > 0 && !names.includes(name)) continue;
    if (!(await isComplete(model))) {
      checks.push({ name, problem: `its file in ${model.folder} is missing or incomplete` });
      continue;
    }
    try {
      checks.push({ name, speed: await speedOf(name, signal) });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DannaError)) throw error;
      checks.push({ name, problem: error.message });
    }
  }
  return checks;
}

/** Splits noise, after a warm-up. */
async function speedOf(name: string, signal: AbortSignal): Promise<number> {
  const model = await loadModel(name);
  const noise = (seconds: number) =>
    Float32Array.from({ length: seconds * RATE }, () => Math.random() - 0.5);
  const split = async (seconds: number) => {
    const channels = [noise(seconds), noise(seconds)];
    const stems = (await splitFile({ sampleRate: RATE, channels }, { model, signal }))[
      Symbol.asyncIterator
    ]();
    while (!(await stems.next()).done);
  };
  try {
    await split(1);
    const started = performance.now();
    await split(SECONDS);
    return (1000 * SECONDS) / (performance.now() - started);
  } finally {
    await model.dispose();
  }
}

function describe(facts: {
  version: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  memory: string;
  backend: SplitBackend;
  aac: boolean;
  folder: string;
  models: readonly ModelCheck[];
}): string {
  const lines = [
    `danna-sep ${facts.version}, Node ${facts.node}, ${facts.platform}`,
    `${facts.cpu}, ${facts.cores} cores, ${facts.memory} of memory`,
    facts.backend === "native"
      ? "Inference: ONNX Runtime, native"
      : `Inference: ONNX Runtime as WebAssembly; ${ADD_NATIVE} adds the native one, several times as fast`,
    `Formats: WAV, FLAC, MP3, Ogg Vorbis, Opus${facts.aac ? ", AAC and M4A" : ""}`,
    ...(facts.aac ? [] : ["AAC and M4A: the optional package @audio/decode-aac is not installed"]),
    `Added models: ${facts.folder}`,
    ...facts.models.map(({ name, speed, problem }) =>
      speed === undefined
        ? `Model ${name}: ${problem}`
        : `Model ${name}: ${speed.toFixed(1)}× real time`,
    ),
  ];
  if (facts.models.length === 0) lines.push("No model is installed: nothing can be split.");
  return `${lines.join("\n")}\n`;
}
