// From the paths of the command line to files. Node.
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { STEMS } from "../stems.ts";

const AUDIO = /\.(wav|wave|flac|mp3|ogg|oga|opus|aac|m4a|m4b|mp4|mov|webm|mka)$/i;
/** The command's own output, which a second run over the same folder leaves alone. */
const OWN = new RegExp(`_(${STEMS.join("|")})\\.(wav|flac)$`);

/** Files as they are; of folders the audio files in them and below them, sorted. */
export async function inputFiles(
  inputs: readonly string[],
): Promise<{ file: string; found: boolean }[]> {
  const files: { file: string; found: boolean }[] = [];
  for (const input of inputs) {
    const info = await stat(input).catch(() => undefined);
    if (!info?.isDirectory()) {
      files.push({ file: input, found: true });
      continue;
    }
    const entries = await readdir(input, { recursive: true, withFileTypes: true }).catch(() => []);
    const inside = entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .filter(({ name }) => AUDIO.test(name) && !OWN.test(name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
    if (inside.length === 0) files.push({ file: input, found: false });
    for (const file of inside) files.push({ file, found: true });
  }
  return files;
}
