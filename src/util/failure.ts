// An error on its way to another thread, as plain data. Any thread.
import { DannaError, type DannaErrorCode } from "../errors.ts";

export interface Failure {
  readonly code: DannaErrorCode;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof DannaError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "worker", message: `The inference worker failed: ${message}` };
}

export const errorOf = ({ code, message }: Failure): DannaError => new DannaError(code, message);
