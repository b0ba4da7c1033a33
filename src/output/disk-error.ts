// What a disk says when it refuses, in a person's words. Node.
import { DannaError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EACCES: "it may not be written to",
  EPERM: "it may not be written to",
  EROFS: "the disk is read-only",
  ENOENT: "it is gone",
  ENOTDIR: "a part of its path is no folder",
};

/** A disk's refusal as DannaError "input" that begins with `problem`; any other error as it is. */
export function diskError(problem: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof DannaError || typeof code !== "string") return error;
  return new DannaError("input", `${problem}: ${REASONS[code] ?? message}.`, { cause: error });
}
