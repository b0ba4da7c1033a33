// Writes the stems of one recording: under temporary names, renamed when all are complete. Node.
import { FilePathTarget } from "mediabunny";
import { randomUUID } from "node:crypto";
import { linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { copyFile, link, lstat, open, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { Worker as NodeWorker } from "node:worker_threads";
import type { SongTags } from "../decode/tags.ts";
import type { Planar } from "../dsp/planar-queue.ts";
import { peak } from "../dsp/sums.ts";
import { DannaError } from "../errors.ts";
import type { StemChunk } from "../split/split-stream.ts";
import type { Stem } from "../stems.ts";
import { AudioWriter, type Patch } from "./audio-writer.ts";
import { diskError } from "./disk-error.ts";
import { fileTags } from "./file-tags.ts";
import type { StemFormat } from "./formats.ts";
import { mixOf, type Gains } from "./mix.ts";
import { labelledFileName, stemMp4Name, withoutEnding } from "./names.ts";
import { StemMp4Writer } from "./stem-mp4.ts";

/** Bytes; by default mediabunny gathers 16 MiB of each file. */
const WRITTEN_AT_ONCE = 2 ** 20;

/** One file that is written. */
export interface PlannedFile {
  /** A stem's name, a mix's, or "stem.mp4". */
  readonly label: string;
  readonly path: string;
  /** What is in it of a chunk; a Stem file has all of it. */
  readonly soundOf?: (stems: StemChunk["stems"]) => Planar;
}

/** One file, and how loud the stems are in it. */
export interface Mix {
  readonly label: string;
  readonly gains: Gains;
}

/** Stems, or a mix of them. */
export type Selection = { readonly stems: readonly Stem[] } | Mix;

/** What `song.mp3` becomes in `folder`: `song_vocals.wav` …, `song.stem.mp4`, or `song_karaoke.mp3`. */
export function plannedFiles(
  folder: string,
  input: string,
  selection: Selection,
  format: StemFormat,
): PlannedFile[] {
  const base = withoutEnding(path.basename(input));
  const at = (name: string) => path.join(folder, name);
  if (format === "stem.mp4") return [{ label: "stem.mp4", path: at(stemMp4Name(base)) }];
  const named = (label: string) => ({ label, path: at(labelledFileName(base, label, format)) });
  if ("gains" in selection) {
    const { label, gains } = selection;
    return [{ ...named(label), soundOf: (stems) => mixOf(stems, gains) }];
  }
  return selection.stems.map((stem) => ({ ...named(stem), soundOf: (stems) => stems[stem] }));
}

interface OpenFile extends PlannedFile {
  readonly temporary: string;
  write(chunk: StemChunk, sound: Planar | undefined): Promise<void>;
  finish(): Promise<void>;
  cancel(): Promise<void>;
}

/** Temporary files of this process; it may end without having a chance to wait for anything. */
const temporaries = new Set<string>();
process.once("exit", () => {
  for (const file of temporaries) {
    try {
      unlinkSync(file);
    } catch {
      // It was not there yet, or is gone.
    }
  }
});

export interface StemWriterOptions {
  readonly format: StemFormat;
  /** Whether files that are there already are replaced. */
  readonly force: boolean;
  readonly sampleRate: number;
  /** The recording's, for formats that have a place for them: FLAC and MP3. */
  readonly tags?: SongTags;
}

export class StemWriter {
  readonly #files: readonly OpenFile[];
  readonly #force: boolean;
  readonly #folder: string;
  /** Largest magnitude so far of each file that is no Stem file, by label. */
  readonly peaks = new Map<string, number>();

  private constructor(files: readonly OpenFile[], folder: string, force: boolean) {
    this.#files = files;
    this.#folder = folder;
    this.#force = force;
  }

  /**
   * Opens temporary files beside those that are `planned`.
   * @throws DannaError "input" when a folder is in the way, or a file and `force` is not set, when the
   *   folder cannot be written to, or the format has not this rate
   */
  static async open(
    planned: readonly PlannedFile[],
    { format, force, sampleRate, tags = {} }: StemWriterOptions,
  ): Promise<StemWriter> {
    await refuseAny(planned, force);
    // ONNX Runtime leaves Node's Worker in the global scope, where encoders expect a browser's.
    if (globalThis.Worker === (NodeWorker as unknown)) Reflect.deleteProperty(globalThis, "Worker");
    const files: OpenFile[] = [];
    const writer = new StemWriter(files, path.dirname(planned[0].path), force);
    await writer.#guarded(async () => {
      for (const file of planned) files.push(await openFile(file, format, sampleRate, tags));
    });
    return writer;
  }

  /** Final paths by label. */
  get paths(): Record<string, string> {
    return Object.fromEntries(this.#files.map(({ label, path }) => [label, path]));
  }

  async write(chunk: StemChunk): Promise<void> {
    await this.#guarded(async () => {
      for (const file of this.#files) {
        const sound = file.soundOf?.(chunk.stems);
        if (sound) this.#watchPeak(file.label, sound);
        await file.write(chunk, sound);
      }
    });
  }

  #watchPeak(label: string, sound: Planar): void {
    const before = this.peaks.get(label) ?? 0;
    this.peaks.set(
      label,
      sound.reduce((least, plane) => peak(plane, least), before),
    );
  }

  /** Completes the files and gives them their names. */
  async finish(): Promise<void> {
    await this.#guarded(async () => {
      for (const file of this.#files) {
        await file.finish();
      }
      await this.#publishAll();
    });
  }

  /** All or none: older files that were replaced come back. */
  async #publishAll(): Promise<void> {
    const kept = new Map<string, string>();
    try {
      for (const { path: final } of this.#force ? this.#files : []) {
        const older = await keep(final);
        if (older) kept.set(final, older);
      }
      this.#nameAll(kept);
    } finally {
      for (const older of kept.values()) await discard(older);
    }
  }

  /** At once: a signal is heard before the first file has its name, or after the last. */
  #nameAll(kept: ReadonlyMap<string, string>): void {
    const named: string[] = [];
    try {
      for (const { temporary, path: final } of this.#files) {
        this.#name(temporary, final);
        named.push(final);
        temporaries.delete(temporary);
      }
    } catch (error) {
      for (const final of named) {
        const older = kept.get(final);
        if (older) renameSync(older, final);
        else unlinkSync(final);
      }
      throw error;
    }
  }

  #name(temporary: string, final: string): void {
    if (this.#force) return renameSync(temporary, final);
    try {
      // A link, unlike a rename, never replaces a file that came in the meantime.
      linkSync(temporary, final);
    } catch (error) {
      // Some disks know no links.
      const isTaken = (error as NodeJS.ErrnoException).code === "EEXIST";
      if (isTaken || lstatSync(final, { throwIfNoEntry: false })) throw existing(final);
      return renameSync(temporary, final);
    }
    unlinkSync(temporary);
  }

  /** Gives up: removes what was written. Finished files stay. */
  async cancel(): Promise<void> {
    for (const file of this.#files) {
      await file.cancel();
      await discard(file.temporary);
    }
  }

  async #guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      await this.cancel();
      throw diskError(`The stems cannot be written to ${this.#folder}`, cause);
    }
  }
}

async function openFile(
  planned: PlannedFile,
  format: StemFormat,
  sampleRate: number,
  tags: SongTags,
): Promise<OpenFile> {
  const temporary = temporaryBeside(planned.path);
  const target = new FilePathTarget(temporary, { chunkSize: WRITTEN_AT_ONCE });
  let size = 0;
  target.on("write", ({ end }) => (size = Math.max(size, end)));
  const file = { ...planned, temporary };
  try {
    if (format !== "stem.mp4") {
      const described = await fileTags(tags, planned.label);
      const writer = await AudioWriter.open(format, sampleRate, target, described);
      return {
        ...file,
        write: (_, sound) => writer.add(sound!),
        finish: async () => {
          const patch = await writer.finish();
          await refuseShort(temporary, size);
          if (patch) await overwrite(temporary, patch);
        },
        cancel: () => writer.cancel(),
      };
    }
    const title = withoutEnding(path.basename(planned.path));
    const writer = await StemMp4Writer.open(title, sampleRate, target);
    return {
      ...file,
      write: (chunk) => writer.add(chunk),
      finish: async () => {
        const patch = await writer.finish();
        await refuseShort(temporary, size);
        await overwrite(temporary, patch);
      },
      cancel: () => writer.cancel(),
    };
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

async function overwrite(file: string, { position, bytes }: Patch): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.write(bytes, 0, bytes.length, position);
  } finally {
    await handle.close();
  }
}

const existing = (file: string) =>
  new DannaError("input", `${file} exists already; --force overwrites it, --out takes a folder.`);

function temporaryBeside(file: string): string {
  const temporary = path.join(path.dirname(file), `.danna-${randomUUID()}.part`);
  temporaries.add(temporary);
  return temporary;
}

async function discard(temporary: string): Promise<void> {
  await unlink(temporary).catch(() => undefined);
  temporaries.delete(temporary);
}

/** Gives a file a second, temporary name; undefined where there is none. */
async function keep(file: string): Promise<string | undefined> {
  await refuseExisting(file, true);
  const second = temporaryBeside(file);
  try {
    await link(file, second);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // Some disks know no links.
    await copyFile(file, second);
  }
  return second;
}

/** The muxer does not look how much of a write a full disk took. */
async function refuseShort(temporary: string, size: number): Promise<void> {
  if ((await stat(temporary)).size < size) throw Object.assign(new Error(), { code: "ENOSPC" });
}

/**
 * To be known before anything is computed.
 * @throws DannaError "input" when a folder is in the way of a file, or another file and `force` is not set
 */
export async function refuseAny(planned: readonly PlannedFile[], force: boolean): Promise<void> {
  for (const { path: target } of planned) await refuseExisting(target, force);
}

async function refuseExisting(file: string, force: boolean): Promise<void> {
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw diskError(`${file} cannot be written`, error);
  });
  if (found?.isDirectory()) {
    throw new DannaError("input", `${file} is a folder; --out takes another one for the stems.`);
  }
  if (found && !force) throw existing(file);
}
