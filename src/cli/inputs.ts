// From the paths of the command line to files. Node.
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DannaError } from "../errors.ts";
import { AUDIO_FORMATS, formatOf } from "../output/formats.ts";
import type { Stem } from "../stems.ts";

const AUDIO = /\.(wav|wave|flac|mp2|mp3|ogg|oga|opus|aac|m4a|m4b|mp4|mov|webm|mka)$/i;

export interface Input {
  readonly file: string;
  /** Why there is nothing to open; of a folder that cannot be searched, or holds nothing. */
  readonly problem?: DannaError;
}

/**
 * Files as they are; of folders the audio files in them and below them, sorted, without what is hidden.
 * @param stems known ones: the command's own output, which a second run over the same folder leaves alone
 */
export async function inputFiles(
  inputs: readonly string[],
  stems: readonly Stem[],
): Promise<Input[]> {
  const endings = new Set(AUDIO_FORMATS.map((format) => formatOf(format).extension));
  const own = new RegExp(`_(${stems.join("|")})\\.(${[...endings].join("|")})$`);
  const files: Input[] = [];
  for (const input of inputs) {
    const info = await stat(input).catch(() => undefined);
    if (!info?.isDirectory()) {
      files.push({ file: input });
      continue;
    }
    const inside = await audioIn(input, own);
    if (inside.length === 0) {
      const problem = new DannaError("input", `${input} holds no audio files.`);
      inside.push({ file: input, problem });
    }
    inside.sort((a, b) => (a.file < b.file ? -1 : 1));
    files.push(...inside);
  }
  return files;
}

async function audioIn(folder: string, own: RegExp): Promise<Input[]> {
  const inside: Input[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const { name } = entry;
      if (name.startsWith(".")) continue;
      const file = path.join(folder, name);
      if (entry.isDirectory()) inside.push(...(await audioIn(file, own)));
      else if (AUDIO.test(name) && !own.test(name)) inside.push({ file });
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "EACCES" || code === "EPERM" ? "it may not be read" : message;
    const told = `The folder ${folder} cannot be searched: ${reason}.`;
    inside.push({ file: folder, problem: new DannaError("input", told, { cause }) });
  }
  return inside;
}
