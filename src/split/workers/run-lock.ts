// Keeps a worker thread from being ended within a run of the native ONNX Runtime, which would abort the whole
// process. Node.
import type { Runtime } from "../../engine/runtime.ts";

const [BUSY, CLOSING] = [0, 1];
/** Longest run that is waited for, in milliseconds. */
const LONGEST_RUN = 20_000;

/** Shared by a worker and the thread that ends it. */
export const createLock = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

/** Lets no further run begin and blocks until the present one has ended. By the thread that ends the worker. */
export function lock(shared: Int32Array): void {
  Atomics.store(shared, CLOSING, 1);
  Atomics.wait(shared, BUSY, 1, LONGEST_RUN);
}

/** The runtime with sessions that keep to the lock. In the worker, which stops where it is locked. */
export function locked(ort: Runtime, shared: Int32Array): Runtime {
  const create = async (...args: unknown[]) => {
    const session = await (ort.InferenceSession.create as (...args: unknown[]) => unknown)(...args);
    const { run } = session as { run(...args: unknown[]): Promise<unknown> };
    return Object.assign(session as object, {
      run: async (...inputs: unknown[]) => {
        Atomics.store(shared, BUSY, 1);
        if (Atomics.load(shared, CLOSING)) {
          leave(shared);
          Atomics.wait(shared, CLOSING, 1);
        }
        try {
          return await run.apply(session, inputs);
        } finally {
          leave(shared);
        }
      },
    });
  };
  const InferenceSession = { ...ort.InferenceSession, create };
  return { ...ort, InferenceSession } as unknown as Runtime;
}

function leave(shared: Int32Array): void {
  Atomics.store(shared, BUSY, 0);
  Atomics.notify(shared, BUSY);
}
