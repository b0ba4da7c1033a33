// From the paths of the command line to files. Node.
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { pathFile } from "../decode/path-file.ts";
import { findSound } from "../decode/sniff.ts";
import { DannaError } from "../errors.ts";
import { diskReason } from "../output/disk-error.ts";
import { AUDIO_FORMATS, formatOf } from "../output/formats.ts";
import type { Stem } from "../stems.ts";

const AUDIO =
  /\.(wav|wave|rf64|bw64|flac|mp2|mp3|ogg|oga|opus|aac|m4a|m4b|m4r|mp4|m4v|mov|3gp|webm|weba|mka|mkv)$/i;
export interface Input {
  readonly file: string;
  /** Why there is nothing to open; of a folder that cannot be searched, or holds nothing. */
  readonly problem?: DannaError;
}

export interface Inputs {
  readonly files: readonly Input[];
  /** What was left out of folders, in sentences for a person. */
  readonly notes: readonly string[];
}

/**
 * Files as they are; of folders the audio files in them and below them, sorted, without what is hidden.
 * Links are followed, and names count less than what is in a file.
 * @param stems known ones: the command's own output, which a second run over the same folder leaves alone
 */
export async function inputFiles(
  inputs: readonly string[],
  stems: readonly Stem[],
): Promise<Inputs> {
  const endings = new Set(AUDIO_FORMATS.map((format) => formatOf(format).extension));
  const labels = [...stems, "mix", "karaoke"].join("|");
  const written = `^(.*)(?:_(?:${labels})\\.(?:${[...endings].join("|")})|\\.stem\\.mp4)$`;
  const own = new RegExp(written, "i");
  const files: Input[] = [];
  const notes: string[] = [];
  for (const input of inputs) {
    const info = await stat(input).catch(() => undefined);
    if (!info?.isDirectory()) {
      files.push({ file: input });
      continue;
    }
    const search = new FolderSearch(own);
    await search.folder(input);
    const inside = search.found;
    if (inside.length === 0) {
      const problem = new DannaError("input", `${input} holds no audio files.${search.summary()}`);
      inside.push({ file: input, problem });
    } else if (search.summary()) {
      notes.push(`${input}:${search.summary()}`);
    }
    inside.sort((a, b) => (a.file < b.file ? -1 : 1));
    files.push(...inside);
  }
  return { files, notes };
}

/** Some names, enough to see what they are. */
const firstOf = (names: readonly string[]): string =>
  names.slice(0, 3).join(", ") + (names.length > 3 ? `, … (${names.length} files)` : "");

class FolderSearch {
  readonly found: Input[] = [];
  readonly #own: string[] = [];
  /** What this command writes of a song. */
  readonly #pattern: RegExp;
  readonly #others: string[] = [];
  /** Real paths of the folders that have been searched: links may lead in circles. */
  readonly #visited = new Set<string>();

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  /** What was left out; empty when nothing was. */
  summary(): string {
    const parts = [];
    if (this.#own.length > 0) {
      const names = firstOf(this.#own);
      parts.push(` Left out as output of earlier runs: ${names}; name a file to split it.`);
    }
    if (this.#others.length > 0) parts.push(` Left out as no audio: ${firstOf(this.#others)}.`);
    return parts.join("");
  }

  async folder(folder: string): Promise<void> {
    try {
      const real = await realpath(folder);
      if (this.#visited.has(real)) return;
      this.#visited.add(real);
      const entries = await readdir(folder, { encoding: "buffer" });
      const names = entries.map((entry) => entry.toString("utf8"));
      for (const [i, name] of names.entries()) {
        if (name.startsWith(".")) continue;
        const file = path.join(folder, name);
        if (!Buffer.from(name).equals(entries[i])) this.#refuse(file, `${NOT_UTF8}: ${file}`);
        else await this.#entry(folder, name, names);
      }
    } catch (cause) {
      const reason = diskReason(cause, "it may not be read");
      this.#refuse(folder, `The folder ${folder} cannot be searched: ${reason}.`, cause);
    }
  }

  async #entry(folder: string, name: string, siblings: readonly string[]): Promise<void> {
    const file = path.join(folder, name);
    let info;
    try {
      info = await stat(file);
    } catch (cause) {
      const reason = diskReason(cause, "it may not be read");
      return this.#refuse(file, `${file} cannot be opened: ${reason}.`, cause);
    }
    if (info.isDirectory()) return this.folder(file);
    if (!info.isFile()) return void this.#others.push(name);
    if (isOwn(name, siblings, this.#pattern)) return void this.#own.push(name);
    if (AUDIO.test(name) || (await isAudio(file))) this.found.push({ file });
    else this.#others.push(name);
  }

  #refuse(file: string, message: string, cause?: unknown): void {
    this.found.push({ file, problem: new DannaError("input", message, { cause }) });
  }
}

export const NOT_UTF8 = "A file's name is not in UTF-8 and cannot be used; rename it";

/** A name of the command's output, beside the song that it is made of or another output of it. */
function isOwn(name: string, siblings: readonly string[], own: RegExp): boolean {
  const song = own.exec(name)?.[1];
  if (song === undefined) return false;
  return siblings.some((other) => {
    if (other === name) return false;
    if (own.exec(other)?.[1] === song) return true;
    return AUDIO.test(other) && path.parse(other).name === song;
  });
}

/** By its bytes. */
async function isAudio(file: string): Promise<boolean> {
  try {
    return (await findSound(await pathFile(file))).format !== "unknown";
  } catch {
    // What cannot be read is said of files that are known to be audio.
    return false;
  }
}
