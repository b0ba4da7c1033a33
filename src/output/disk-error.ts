// What a disk says when it refuses, in a person's words. Node.
import { DannaError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "there is no space left that you may use",
  EROFS: "the disk is read-only",
  ENOENT: "it is gone",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EEXIST: "a file of that name is there already",
  ENAMETOOLONG: "its name is too long",
  EINVAL: "its name cannot be used on this disk",
  EILSEQ: "its name cannot be used on this disk",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the disk fails",
  EBUSY: "another program uses it",
  EFBIG: "the file is too large for this disk",
};
const FORBIDDEN = ["EACCES", "EPERM"];

/** The cause alone. @param forbidden what it is called that permissions do not let */
export function diskReason(error: unknown, forbidden = "it may not be written to"): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return FORBIDDEN.includes(code) ? forbidden : (REASONS[code] ?? message);
}

/** A disk's refusal as DannaError "input" that begins with `problem`; any other error as it is. */
export function diskError(problem: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof DannaError || typeof code !== "string") return error;
  return new DannaError("input", `${problem}: ${diskReason(error)}.`, { cause: error });
}
