// Calls between threads by comlink, over which errors keep their code: whatever exposes or wraps imports comlink
// from here. Any thread.
import {
  expose as exposeOver,
  transferHandlers,
  wrap as wrapOver,
  type Endpoint,
  type Remote,
  type TransferHandler,
} from "comlink";
import { errorOf, failureOf, type Failure } from "./failure.ts";

export { releaseProxy, transfer, type Endpoint, type Remote } from "comlink";

type Thrown = TransferHandler<{ value: unknown }, unknown>;

/** comlink's own handler of what a call throws strips it of its code. Set here, so that importing does nothing. */
function keepCodes(): void {
  transferHandlers.set("throw", {
    canHandle: (transferHandlers.get("throw") as Thrown).canHandle,
    serialize: ({ value }) => [failureOf(value), []],
    deserialize: (failure) => {
      throw errorOf(failure as Failure);
    },
  } satisfies Thrown);
}

/** As comlink's. */
export function expose(value: unknown, endpoint?: Endpoint): void {
  keepCodes();
  exposeOver(value, endpoint);
}

/** As comlink's: what a call throws is a DannaError, with the other thread's code and message. */
export function wrap<T>(endpoint: Endpoint): Remote<T> {
  keepCodes();
  return wrapOver<T>(endpoint);
}
