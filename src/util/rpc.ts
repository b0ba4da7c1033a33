// An error's way between threads, which would strip a DannaError of its code. Any thread.
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

/** What a call to another thread gives: its result, or why there is none. */
export type Answer<T> = { readonly value: T } | { readonly failure: Failure };

export async function answer<T>(action: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await action() };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** @throws DannaError that the other thread met */
export function valueOf<T>(result: Answer<T>): T {
  if ("failure" in result) throw errorOf(result.failure);
  return result.value;
}
