// `danna-sep/split`, for browsers: splitFile over files, bytes and URLs, with models from a server.
// Page or worker; in a page it shares the main thread, in short steps.
import { downloadZip } from "client-zip";
import { blobFile } from "../decode/audio-file.ts";
import type { PcmAudio } from "../decode/pcm.ts";
import { DannaError } from "../errors.ts";
import { fileName, safeFileName } from "../song-name.ts";
import { STEMS, type Stem } from "../stems.ts";
import { WavFile } from "../wav/wav-file.ts";
import { splitAudio, type Split, type SplitFileOptions } from "./split-file.ts";
import { loadSplitModel, type SplitModel } from "./split-model.ts";
import { UrlStore } from "./url-store.ts";

export type { PcmAudio } from "../decode/pcm.ts";
export type { Split, SplitFileOptions, SplitProgress } from "./split-file.ts";
export type { SplitModel } from "./split-model.ts";
export type { StemChunk } from "./split-stream.ts";

export interface ServedFiles {
  /** Folder with models/ and ort/, laid out as in dist/; by default where this script lies. */
  baseUrl?: string | URL;
}

const CODECS = { wav16: "pcm-s16", wav24: "pcm-s24", wav32f: "pcm-f32" } as const;

export interface SaveStemsOptions extends SplitFileOptions, ServedFiles {
  /** Which stems to save; all by default. */
  stems?: readonly Stem[];
  /** "wav16" by default. */
  format?: keyof typeof CODECS;
  /** The recording's file name, where the source has none. */
  name?: string;
}

function served(baseUrl: string | URL = import.meta.url, signal?: AbortSignal) {
  const base = new URL(baseUrl, globalThis.location.href);
  if (base.href !== import.meta.url && !base.pathname.endsWith("/")) base.pathname += "/";
  return {
    store: new UrlStore(new URL("models/", base), signal),
    wasmPaths: new URL("ort/", base).href,
  };
}

/**
 * Loads a model to be used for several recordings, one after the other.
 * @param model a name, or the URL of a manifest
 */
export function loadModel(
  model: string,
  { baseUrl, ...options }: ServedFiles & Pick<SplitFileOptions, "backend" | "signal"> = {},
): Promise<SplitModel> {
  return loadSplitModel(model, { ...options, ...served(baseUrl, options.signal) });
}

/**
 * Splits a recording. `source`: a File or Blob, its URL, its bytes, or samples such as those of an
 * AudioBuffer.
 *
 *     for await (const { start, stems } of await splitFile(file)) …
 *
 * @throws DannaError; the signal's reason when aborted
 */
export async function splitFile(
  source: string | URL | Blob | Uint8Array<ArrayBuffer> | ArrayBuffer | PcmAudio | AudioBuffer,
  options: SplitFileOptions & ServedFiles = {},
): Promise<Split> {
  const { store, wasmPaths } = served(options.baseUrl, options.signal);
  const settings = { ...options, wasmPaths };
  if (typeof source === "string" || source instanceof URL) {
    const url = new URL(source, globalThis.location.href);
    const blob = await download(url, options.signal);
    return splitAudio(blobFile(blob, fileName(url.pathname)), store, settings);
  }
  if ("getChannelData" in source) {
    const { sampleRate, numberOfChannels: length } = source;
    const channels = Array.from({ length }, (_, c) => source.getChannelData(c));
    return splitAudio({ sampleRate, channels }, store, settings);
  }
  if ("channels" in source) return splitAudio(source, store, settings);
  const blob = source instanceof Blob ? source : new Blob([source]);
  return splitAudio(blobFile(blob), store, settings);
}

/**
 * Splits a recording into a ZIP of WAV files, named as the command names them: `song_vocals.wav`. The
 * files are kept in blobs, which browsers put on disk when they are large.
 * @throws as `splitFile`
 */
export async function saveStems(
  source: Parameters<typeof splitFile>[0],
  { stems = STEMS, format = "wav16", name, ...options }: SaveStemsOptions = {},
): Promise<File> {
  const base = safeFileName((name ?? sourceName(source)).replace(/(\.stem)?\.[^.]*$/i, ""));
  const split = await splitFile(source, options);
  const files = stems.map((stem) => ({ stem, wav: new WavFile(split.sampleRate, CODECS[format]) }));
  for await (const chunk of split) {
    for (const { stem, wav } of files) {
      const [left, right] = chunk.stems[stem];
      const planes = new Float32Array(left.length + right.length);
      planes.set(left);
      planes.set(right, left.length);
      wav.add(planes);
    }
  }
  const finished = await Promise.all(
    files.map(({ stem, wav }) => wav.finish(`${base}_${stem}.wav`)),
  );
  const zip = await downloadZip(finished).blob();
  return new File([zip], `${base}_stems.zip`, { type: "application/zip" });
}

function sourceName(source: Parameters<typeof splitFile>[0]): string {
  if (typeof source === "string" || source instanceof URL)
    return fileName(new URL(source, location.href).pathname);
  return source instanceof File ? source.name : "recording";
}

async function download(url: URL, signal?: AbortSignal): Promise<Blob> {
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return await response.blob();
    throw new DannaError("fetch", `${url} could not be fetched: status ${response.status}.`);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DannaError) throw cause;
    throw new DannaError("fetch", `${url} could not be fetched (${String(cause)}).`, { cause });
  }
}
