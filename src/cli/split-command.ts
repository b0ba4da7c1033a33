// `danna-sep split` and `danna-sep karaoke`. Node.
import { mkdir } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import path from "node:path";
import { ADD_NATIVE, backendHere } from "../engine/native.ts";
import { DannaError } from "../errors.ts";
import {
  loadModel,
  modelCatalogue,
  splitFile,
  type SplitModel,
  type SplitProgress,
} from "../split/node.ts";
import { provideAac } from "../decode/aac.ts";
import { ownStems, placesIn, type StemPlace } from "../split/own-stems.ts";
import { pathFile } from "../decode/path-file.ts";
import { readTags } from "../decode/tags.ts";
import { isStemFileName } from "../util/file-name.ts";
import { manifestsOf } from "../model/catalogue.ts";
import { samplesOf } from "../split/split-stream.ts";
import { DEFAULT_MODEL } from "../split/split-file.ts";
import { DEFAULT_STEMS, type Stem } from "../stems.ts";
import { diskError } from "../output/disk-error.ts";
import { inputFiles, type Input } from "./inputs.ts";
import { knownModel } from "./known-model.ts";
import { createReport, type Report } from "./report.ts";
import { withoutEnding } from "../output/names.ts";
import {
  plannedFiles,
  refuseAny,
  StemWriter,
  type PlannedFile,
  type Selection,
} from "../output/folder-writer.ts";
import { UsageError, type SplitArguments } from "./usage.ts";

/** Most workers that are started where nothing is said. */
const DEFAULT_WORKERS = 4;
/** Bytes that HTDemucs takes in a worker at the most. */
const LARGE_MODEL = 2 * 2 ** 30;
/** What stands for a model where a file's own stems are written. */
const OWN = "its own stems";
/** Seconds after which a split on WebAssembly says what would be faster. */
const LONG = 20;

/**
 * Splits file after file; one that fails leaves nothing behind and does not stop the rest. A model of
 * whole segments, or a blend, has all workers for one file; one that runs forward in time cannot share
 * a file out, and so takes as many files at a time as there are workers.
 * Stem files bring their stems: those are written, unless a model is named, or a stem that they have not.
 * @returns whether all went well
 * @throws the signal's reason when aborted; DannaError when the model cannot be loaded
 */
export async function splitCommand(options: SplitArguments, signal: AbortSignal): Promise<boolean> {
  const report = createReport(options);
  const name = options.model ?? DEFAULT_MODEL;
  const kind = await kindOf(name);
  const selection = selectionFrom(options.selection, kind.stems);
  const workers = options.workers ?? defaultWorkers(kind.large);
  const backend = await backendHere(options.backend);
  const { files: found, notes } = await inputFiles(options.inputs, [
    ...(await knownStems()),
    ...kind.stems,
  ]);
  for (const note of notes) report.note(note);
  const folders = outputFolders(
    found.map(({ file }) => file),
    options.out,
  );
  const own =
    options.model === undefined
      ? await ownPlaces(found, options.selection)
      : new Map<string, never>();
  // What is in the way is told before a model is loaded.
  const files = await Promise.all(
    found.map(async (input): Promise<Input> => {
      const { file, problem } = input;
      if (problem) return input;
      try {
        const all = own.get(file)?.map(({ stem }) => stem);
        const wanted = all ? selectionFrom(options.selection, all) : selection;
        const out = folders.get(file) ?? options.out;
        await refuseAny(plannedFiles(out, file, wanted, options.format), options.force);
        return input;
      } catch (error) {
        // What a disk refuses is told when it is written to.
        if (!(error instanceof DannaError) || error.cause) return input;
        return { file, problem: error };
      }
    }),
  );
  const lanes = kind.forward ? Math.max(1, Math.min(workers, files.length)) : 1;
  const waiting = files.values();
  const taken = new Set<string>();
  let ok = true;
  const started = performance.now();
  const lane = async () => {
    const model = files.every(({ file, problem }) => problem || own.has(file))
      ? undefined
      : await loadModel(name, {
          workers: kind.forward ? Math.min(1, workers) : workers,
          backend,
        });
    try {
      for (const { file, problem } of waiting) {
        try {
          if (problem) throw problem;
          const out = folders.get(file) ?? options.out;
          await splitOne(file, {
            options: { ...options, out },
            selection,
            model,
            places: own.get(file),
            signal,
            report,
            taken,
          });
        } catch (error) {
          signal.throwIfAborted();
          ok = false;
          const code = error instanceof DannaError ? error.code : "internal";
          const message = error instanceof Error ? error.message : String(error);
          const named = message.includes(path.basename(file)) ? message : `${file}: ${message}`;
          report.failed(file, code, named);
        }
      }
    } finally {
      await model?.dispose();
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
  const long = performance.now() - started > 1000 * LONG;
  if (long && backend === "wasm" && !options.backend) {
    report.note(`the native runtime is several times as fast: ${ADD_NATIVE}`);
  }
  return ok;
}

/** Where the Stem files among inputs have the stems that are wanted. */
async function ownPlaces(
  files: readonly Input[],
  wanted: SplitArguments["selection"],
): Promise<Map<string, readonly StemPlace[]>> {
  await provideAac();
  const named = "gains" in wanted ? Object.keys(wanted.gains) : (wanted.stems ?? []);
  const own = new Map<string, readonly StemPlace[]>();
  for (const { file, problem } of files) {
    if (problem || !isStemFileName(file)) continue;
    // What cannot be opened is told when its turn comes.
    const places = await pathFile(file)
      .then(placesIn)
      .catch(() => undefined);
    const has = (name: Stem) => places?.some(({ stem }) => stem === name);
    if (places && named.every(has)) own.set(file, places);
  }
  return own;
}

function defaultWorkers(large: boolean): number {
  const workers = Math.min(DEFAULT_WORKERS, availableParallelism());
  return large ? Math.max(1, Math.min(workers, Math.floor(freemem() / LARGE_MODEL))) : workers;
}

/** A model's stems, whether it runs forward in time, and whether it takes gigabytes for each worker. */
async function kindOf(
  name: string,
): Promise<{ stems: readonly Stem[]; forward: boolean; large: boolean }> {
  const manifests = await knownModel(name, manifestsOf(name, modelCatalogue()));
  const [{ kind, stems }] = manifests;
  const large = manifests.some((each) => each.kind === "segment" && !each.segment.elastic);
  return { stems, forward: kind === "streaming", large };
}

/** @throws UsageError where a stem is named that the model does not make */
function selectionFrom(wanted: SplitArguments["selection"], stems: readonly Stem[]): Selection {
  const named = "gains" in wanted ? Object.keys(wanted.gains) : (wanted.stems ?? stems);
  const unknown = named.find((stem) => !stems.includes(stem));
  if (unknown !== undefined) {
    throw new UsageError(`There is no stem "${unknown}": ${stems.join(", ")}.`);
  }
  return "gains" in wanted ? wanted : { stems: stems.filter((stem) => named.includes(stem)) };
}

/** Those of all models that are here. */
async function knownStems(): Promise<readonly Stem[]> {
  const models = await modelCatalogue().list();
  return [...new Set([...DEFAULT_STEMS, ...models.flatMap(({ manifest }) => manifest.stems)])];
}

/** The same for all names that some disk takes for one: of any case, accents composed or not. */
const nameOnDisk = (file: string) => path.resolve(file).normalize("NFC").toUpperCase();

/**
 * Where files go that would have the same names in one folder, though they come from several: each into
 * a folder that is called as its own.
 */
function outputFolders(files: readonly string[], out: string): Map<string, string> {
  const byName = new Map<string, Set<string>>();
  const folderOf = (file: string) => path.dirname(path.resolve(file));
  const nameOf = (file: string) => nameOnDisk(withoutEnding(path.basename(file)));
  for (const file of files) {
    const folders = byName.get(nameOf(file)) ?? new Set();
    byName.set(nameOf(file), folders.add(folderOf(file)));
  }
  const shared = files.filter((file) => (byName.get(nameOf(file))?.size ?? 0) > 1);
  return new Map(
    shared.map((file) => [file, path.join(out, path.basename(folderOf(file)) || "root")]),
  );
}

interface Context {
  options: SplitArguments;
  /** What is written. */
  selection: Selection;
  /** Undefined where all inputs bring their stems. */
  model: SplitModel | undefined;
  /** Of the stems that the file brings. */
  places: readonly StemPlace[] | undefined;
  signal: AbortSignal;
  report: Report;
  /** Output paths of this run (`nameOnDisk`), of files that are done or under way. */
  taken: Set<string>;
}

async function splitOne(file: string, context: Context): Promise<void> {
  const { taken, places } = context;
  const { format, out, selection: wanted } = context.options;
  const all = places?.map(({ stem }) => stem);
  const selection = all ? selectionFrom(wanted, all) : context.selection;
  const planned = plannedFiles(out, file, selection, format);
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
  { options, model, places, signal, report }: Context,
): Promise<void> {
  const { format, out, force, addUp } = options;
  const started = performance.now();
  const onProgress = (progress: SplitProgress) => report.progress(file, progress);
  const split = places
    ? await ownStems(places, { signal, onProgress })
    : await splitFile(file, { ...(model && { model }), addUp, signal, onProgress });
  let samples = 0;
  let writer: StemWriter | undefined;
  try {
    await makeFolder(out);
    const { sampleRate } = split;
    const tags = await readTags(await pathFile(file));
    writer = await StemWriter.open(planned, { format, force, sampleRate, tags });
    report.start(file, model && !places ? model.manifest.name : OWN);
    for await (const chunk of split) {
      await writer.write(chunk);
      samples += samplesOf(chunk);
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

function clipped(peaks: ReadonlyMap<string, number>): string[] {
  return [...peaks]
    .filter(([, peak]) => peak > 1)
    .map(([label, peak]) => {
      const over = (20 * Math.log10(peak)).toFixed(1);
      return `${label} is clipped: it peaks ${over} dB over full scale; --format wav32f keeps it`;
    });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw diskError(`The folder ${folder} cannot be made`, cause);
  }
}
