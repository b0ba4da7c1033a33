// `danna-sep split`. Node.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { DannaError } from "../errors.ts";
import { loadModel, modelStore, splitFile, type SplitModel } from "../split/node.ts";
import type { Stem } from "../stems.ts";
import { inputFiles } from "./inputs.ts";
import { createReport, type Report } from "./report.ts";
import { stemPath, StemWriter } from "./stem-writer.ts";
import type { SplitArguments } from "./usage.ts";

/**
 * Splits file after file; one that fails leaves nothing behind and does not stop the rest.
 * @returns whether all went well
 * @throws the signal's reason when aborted; DannaError when the model cannot be loaded
 */
export async function splitCommand(options: SplitArguments, signal: AbortSignal): Promise<boolean> {
  const report = createReport(options);
  const name = options.model ?? (await defaultModel());
  const model = await loadModel(name);
  const taken = new Set<string>();
  let ok = true;
  try {
    for (const { file, found } of await inputFiles(options.inputs)) {
      try {
        if (!found) throw new DannaError("input", `${file} holds no audio files.`);
        await splitOne(file, { options, model, signal, report, taken });
      } catch (error) {
        signal.throwIfAborted();
        ok = false;
        const code = error instanceof DannaError ? error.code : "internal";
        report.failed(file, code, error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    await model.dispose();
  }
  return ok;
}

async function defaultModel(): Promise<string> {
  const installed = await modelStore().list();
  return installed.some(({ entry }) => entry.name === "studio") ? "studio" : "live";
}

interface Context {
  options: SplitArguments;
  model: SplitModel;
  signal: AbortSignal;
  report: Report;
  /** Output paths of this run. */
  taken: Set<string>;
}

async function splitOne(file: string, context: Context): Promise<void> {
  const { options, model, signal, report, taken } = context;
  const { stems, format, out, force, addUp } = options;
  const targets = new Map(
    stems.map((stem): [Stem, string] => [stem, stemPath(out, file, stem, format)]),
  );
  const clash = [...targets.values()].find((target) => taken.has(path.resolve(target)));
  if (clash !== undefined) {
    throw new DannaError(
      "input",
      `${file} would write ${clash}, as another input of this run did. Split it into another folder.`,
    );
  }
  const started = performance.now();
  const split = await splitFile(file, {
    model,
    addUp,
    signal,
    onProgress: (progress) => report.progress(progress),
  });
  let samples = 0;
  let writer: StemWriter | undefined;
  try {
    await makeFolder(out);
    writer = await StemWriter.open(targets, format, force);
    report.start(file, model.entry.name);
    for await (const chunk of split) {
      await writer.write(chunk);
      samples += chunk.stems.vocals[0].length;
    }
    signal.throwIfAborted();
    await writer.finish();
  } catch (error) {
    await split.cancel();
    await writer?.cancel();
    throw error;
  }
  for (const target of targets.values()) taken.add(path.resolve(target));
  const seconds = samples / split.sampleRate;
  report.done({
    input: file,
    files: writer.paths,
    seconds,
    speed: (1000 * seconds) / (performance.now() - started),
    warnings: format === "wav32f" ? [] : clipped(writer.peaks),
  });
}

function clipped(peaks: ReadonlyMap<Stem, number>): string[] {
  return [...peaks]
    .filter(([, peak]) => peak > 1)
    .map(([stem, peak]) => {
      const over = (20 * Math.log10(peak)).toFixed(1);
      return `${stem} is clipped: it peaks ${over} dB over full scale; --format wav32f keeps it`;
    });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new DannaError("input", `The folder ${folder} cannot be made (${reason}).`, { cause });
  }
}
