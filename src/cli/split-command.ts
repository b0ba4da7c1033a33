// `danna-sep split`. Node.
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { DannaError } from "../errors.ts";
import { loadModel, modelStore, splitFile, type SplitModel } from "../split/node.ts";
import { DEFAULT_MODEL } from "../split/split-file.ts";
import type { Stem } from "../stems.ts";
import { diskError } from "../output/disk-error.ts";
import { inputFiles } from "./inputs.ts";
import { createReport, type Report } from "./report.ts";
import { plannedFiles, StemWriter, type PlannedFile } from "../output/folder-writer.ts";
import type { SplitArguments } from "./usage.ts";

/** Most workers that are started where nothing is said. */
const DEFAULT_WORKERS = 4;

/**
 * Splits file after file; one that fails leaves nothing behind and does not stop the rest. A model of
 * whole segments, or a blend, has all workers for one file; one that runs forward in time cannot share
 * a file out, and so takes as many files at a time as there are workers.
 * @returns whether all went well
 * @throws the signal's reason when aborted; DannaError when the model cannot be loaded
 */
export async function splitCommand(options: SplitArguments, signal: AbortSignal): Promise<boolean> {
  const report = createReport(options);
  const name = options.model ?? DEFAULT_MODEL;
  const kind = await kindOf(name);
  const workers =
    options.workers ?? (kind.large ? 1 : Math.min(DEFAULT_WORKERS, availableParallelism()));
  const files = await inputFiles(options.inputs);
  const lanes = kind.forward ? Math.max(1, Math.min(workers, files.length)) : 1;
  const waiting = files.values();
  const taken = new Set<string>();
  let ok = true;
  const lane = async () => {
    const model = await loadModel(name, { workers: kind.forward ? Math.min(1, workers) : workers });
    try {
      for (const { file, problem } of waiting) {
        try {
          if (problem) throw problem;
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
  };
  // Each lane cleans up before the command ends.
  const close = () => report.close();
  process.once("exit", close);
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  close();
  process.off("exit", close);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
  return ok;
}

/** Whether a model runs forward in time, and whether it takes gigabytes for each worker. */
async function kindOf(name: string): Promise<{ forward: boolean; large: boolean }> {
  const store = modelStore();
  const entry = await store.entry(name);
  const parts = entry.kind === "blend" ? entry.models.map(({ model }) => model) : [];
  const entries = await Promise.all(parts.map((part) => store.entry(part)));
  return {
    forward: entry.kind === "engine" && entry.segment === undefined,
    large: [entry, ...entries].some(({ kind }) => kind === "htdemucs"),
  };
}

/** The same for all names that some disk takes for one: of any case, accents composed or not. */
const nameOnDisk = (file: string) => path.resolve(file).normalize("NFC").toUpperCase();

interface Context {
  options: SplitArguments;
  model: SplitModel;
  signal: AbortSignal;
  report: Report;
  /** Output paths of this run (`nameOnDisk`), of files that are done or under way. */
  taken: Set<string>;
}

async function splitOne(file: string, context: Context): Promise<void> {
  const { taken } = context;
  const { stems, format, out } = context.options;
  const planned = plannedFiles(out, file, stems, format);
  const outputs = planned.map(({ path }) => path);
  const clash = outputs.find((target) => taken.has(nameOnDisk(target)));
  if (clash !== undefined) {
    throw new DannaError(
      "input",
      `${file} would write ${clash}, as another input of this run did. Split it into another folder.`,
    );
  }
  for (const target of outputs) taken.add(nameOnDisk(target));
  try {
    await splitTo(planned, file, context);
  } catch (error) {
    for (const target of outputs) taken.delete(nameOnDisk(target));
    throw error;
  }
}

async function splitTo(
  planned: readonly PlannedFile[],
  file: string,
  { options, model, signal, report }: Context,
): Promise<void> {
  const { format, out, force, addUp } = options;
  const started = performance.now();
  const split = await splitFile(file, {
    model,
    addUp,
    signal,
    onProgress: (progress) => report.progress(file, progress),
  });
  let samples = 0;
  let writer: StemWriter | undefined;
  try {
    await makeFolder(out);
    writer = await StemWriter.open(planned, { format, force, sampleRate: split.sampleRate });
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
    throw diskError(`The folder ${folder} cannot be made`, cause);
  }
}
