// Files that one test makes for all others, also for those of later runs: in the system's temporary folder. A name has a
// hash of all that its content depends on. Runs in Node.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const FOLDER = path.join(tmpdir(), "danna-tests");

/** A name's part that changes with any of `contents`. */
export function hashOf(...contents: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex").slice(0, 32);
}

/** Path of such a file, if it has been made. */
export function findKept(name: string): string | undefined {
  const file = path.join(FOLDER, name);
  return existsSync(file) ? file : undefined;
}

/** Keeps a file that `write` writes to the path it is given. @returns where it is kept */
export function keep(name: string, write: (file: string) => void): string {
  mkdirSync(FOLDER, { recursive: true });
  // Another process may be at it, too: what is there under its name is whole.
  const own = path.join(FOLDER, `${process.pid}-${name}`);
  write(own);
  const file = path.join(FOLDER, name);
  renameSync(own, file);
  return file;
}
