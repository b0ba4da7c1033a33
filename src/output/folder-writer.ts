// Writes the stems of one recording: under temporary names, renamed when all are complete. Node.
import { registerFlacEncoder } from "@mediabunny/flac-encoder";
import {
  AudioSample,
  AudioSampleSource,
  canEncodeAudio,
  FilePathTarget,
  FlacOutputFormat,
  Output,
  WavOutputFormat,
  type AudioCodec,
} from "mediabunny";
import { randomUUID } from "node:crypto";
import { unlinkSync } from "node:fs";
import { copyFile, link, lstat, rename, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { Worker as NodeWorker } from "node:worker_threads";
import { DannaError } from "../errors.ts";
import type { StemChunk } from "../split/split-stream.ts";
import type { Stem } from "../stems.ts";
import { diskError } from "./disk-error.ts";

export const FORMATS = ["wav16", "wav24", "wav32f", "flac"] as const;
export type StemFormat = (typeof FORMATS)[number];

const CODECS: Record<StemFormat, AudioCodec> = {
  wav16: "pcm-s16",
  wav24: "pcm-s24",
  wav32f: "pcm-f32",
  flac: "flac",
};

/** Path of a stem's file: `song_vocals.wav`. */
export function stemPath(folder: string, input: string, stem: Stem, format: StemFormat): string {
  const name = path.basename(input).replace(/(\.stem)?\.[^.]*$/i, "") || path.basename(input);
  return path.join(folder, `${name}_${stem}.${format === "flac" ? "flac" : "wav"}`);
}

interface StemFile {
  readonly stem: Stem;
  readonly final: string;
  readonly temporary: string;
  readonly source: AudioSampleSource;
  readonly output: Output;
  /** Bytes that the file must have. */
  size: number;
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
}

export class StemWriter {
  readonly #files: readonly StemFile[];
  readonly #force: boolean;
  /** Largest magnitude of each stem so far. */
  readonly peaks = new Map<Stem, number>();

  private constructor(files: readonly StemFile[], force: boolean) {
    this.#files = files;
    this.#force = force;
  }

  /**
   * Opens temporary files beside `targets`.
   * @throws DannaError "input" when a folder is in the way, or a file and `force` is not set, when the
   *   folder cannot be written to, or the format has not this rate
   */
  static async open(
    targets: ReadonlyMap<Stem, string>,
    { format, force, sampleRate }: StemWriterOptions,
  ): Promise<StemWriter> {
    for (const target of targets.values()) await refuseExisting(target, force);
    if (format === "flac") await prepareFlac(sampleRate);
    const files = [...targets].map(([stem, final]): StemFile => {
      const temporary = temporaryBeside(final);
      const source = new AudioSampleSource({ codec: CODECS[format] });
      const target = new FilePathTarget(temporary);
      const output = new Output({
        format: format === "flac" ? new FlacOutputFormat() : new WavOutputFormat(),
        target,
      });
      output.addAudioTrack(source);
      const file: StemFile = { stem, final, temporary, source, output, size: 0 };
      target.on("write", ({ end }) => (file.size = Math.max(file.size, end)));
      return file;
    });
    const writer = new StemWriter(files, force);
    await writer.#guarded(async () => {
      for (const { output } of files) await output.start();
    });
    return writer;
  }

  /** Final paths by stem. */
  get paths(): Record<string, string> {
    return Object.fromEntries(this.#files.map(({ stem, final }) => [stem, final]));
  }

  async write({ stems, start, sampleRate }: StemChunk): Promise<void> {
    await this.#guarded(async () => {
      for (const { stem, source } of this.#files) {
        const [left, right] = stems[stem];
        const data = new Float32Array(2 * left.length);
        let peak = this.peaks.get(stem) ?? 0;
        for (let i = 0; i < left.length; i++) {
          data[2 * i] = left[i];
          data[2 * i + 1] = right[i];
          peak = Math.max(peak, Math.abs(left[i]), Math.abs(right[i]));
        }
        this.peaks.set(stem, peak);
        const timestamp = start / sampleRate;
        const options = {
          data,
          format: "f32",
          numberOfChannels: 2,
          sampleRate,
          timestamp,
        } as const;
        const sample = new AudioSample(options);
        try {
          await source.add(sample);
        } finally {
          sample.close();
        }
      }
    });
  }

  /** Completes the files and gives them their names. */
  async finish(): Promise<void> {
    await this.#guarded(async () => {
      for (const file of this.#files) {
        await file.output.finalize();
        await refuseShort(file);
      }
      await this.#publishAll();
    });
  }

  /** All or none: older files that were replaced come back. */
  async #publishAll(): Promise<void> {
    const undo: (() => Promise<void>)[] = [];
    const kept: string[] = [];
    try {
      for (const { temporary, final } of this.#files) {
        const older = this.#force ? await keep(final) : undefined;
        if (older) kept.push(older);
        await this.#publish(temporary, final);
        undo.push(() => (older ? rename(older, final) : unlink(final)));
      }
    } catch (error) {
      for (const step of undo) await step();
      throw error;
    } finally {
      for (const file of kept) await discard(file);
    }
  }

  async #publish(temporary: string, final: string): Promise<void> {
    await this.#name(temporary, final);
    temporaries.delete(temporary);
  }

  async #name(temporary: string, final: string): Promise<void> {
    if (this.#force) return rename(temporary, final);
    try {
      // A link, unlike a rename, never replaces a file that came in the meantime.
      await link(temporary, final);
      await unlink(temporary);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw existing(final);
      await refuseExisting(final, this.#force);
      await rename(temporary, final);
    }
  }

  /** Gives up: removes what was written. Finished files stay. */
  async cancel(): Promise<void> {
    for (const { output, temporary } of this.#files) {
      if (output.state !== "finalized") await output.cancel().catch(() => undefined);
      await discard(temporary);
    }
  }

  async #guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      await this.cancel();
      const folder = path.dirname(this.#files[0].final);
      throw diskError(`The stems cannot be written to ${folder}`, cause);
    }
  }
}

/** @throws DannaError "input" for a rate that the encoder does not take */
async function prepareFlac(sampleRate: number): Promise<void> {
  // ONNX Runtime leaves Node's Worker in the global scope, where the encoder expects a browser's.
  if (globalThis.Worker === (NodeWorker as unknown)) Reflect.deleteProperty(globalThis, "Worker");
  registerFlacEncoder();
  if (await canEncodeAudio("flac", { numberOfChannels: 2, sampleRate })) return;
  throw new DannaError(
    "input",
    `FLAC files of ${sampleRate} Hz cannot be written here; --format wav24 takes any rate.`,
  );
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
async function refuseShort({ temporary, size }: StemFile): Promise<void> {
  if ((await stat(temporary)).size < size) throw Object.assign(new Error(), { code: "ENOSPC" });
}

async function refuseExisting(file: string, force: boolean): Promise<void> {
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT")
      throw new DannaError("input", `${file} cannot be written: ${error.message}.`);
  });
  if (found?.isDirectory()) {
    throw new DannaError("input", `${file} is a folder; --out takes another one for the stems.`);
  }
  if (found && !force) throw existing(file);
}
