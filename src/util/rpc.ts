// Calls between threads by comlink, over which errors keep their code: everything that exposes or wraps imports
// comlink from here. Any thread.
import { transferHandlers, type TransferHandler } from "comlink";
import { DannaError, type DannaErrorCode } from "../errors.ts";

export { expose, releaseProxy, transfer, wrap, type Endpoint, type Remote } from "comlink";

/** An error on its way to another thread, as plain data. */
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

// comlink's own handler of what a call throws would strip it of its code.
const thrown = transferHandlers.get("throw") as TransferHandler<{ value: unknown }, unknown>;
transferHandlers.set("throw", {
  canHandle: thrown.canHandle,
  serialize: ({ value }) => [failureOf(value), []],
  deserialize: (failure) => {
    throw errorOf(failure);
  },
} satisfies TransferHandler<{ value: unknown }, Failure>);
