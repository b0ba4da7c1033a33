// A recording in the file system. Node.
import { FilePathSource } from "mediabunny";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import path from "node:path";
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read",
  EPERM: "it may not be read",
  ENOTDIR: "its folder is a file",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead in a circle",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  EIO: "the disk fails",
};

/** @throws DannaError "input" when there is no file at `file` that may be read */
export async function pathFile(file: string): Promise<AudioFile> {
  try {
    const found = await stat(file);
    // To open a pipe would wait for somebody to write to it.
    if (!found.isFile()) throw new DannaError("input", "it is not a file");
    const handle = await open(file, "r");
    await handle.close();
    return {
      name: path.basename(file),
      size: found.size,
      slice: (start, end) => read(file, start, end),
      chunks: () => createReadStream(file),
      source: () => new FilePathSource(file),
    };
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    // What is not UTF-8 comes as this letter.
    const name = file.includes("\ufffd") ? "; a name that is not in UTF-8 must be changed" : "";
    const reason = `${REASONS[code] ?? message}${name}`;
    throw new DannaError("input", `${file} cannot be opened: ${reason}.`, { cause });
  }
}

async function read(file: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(file, "r");
  try {
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await handle.read(bytes, 0, end - start, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
