// A worker that does one thing for a song, and ends with it. Page thread; loaded with the first song.
import { DannaError } from "../errors.ts";
import { served } from "../split/page-models.ts";
import { PendingCalls } from "../split/workers/pending-calls.ts";
import type { LeadControl } from "../split/workers/split-worker.ts";
import { transfer, wrap, type Remote } from "../util/rpc.ts";
import { workerScript } from "../util/worker-script.ts";

/** How its work is called, in the worker and in developer tools. */
const NAMES = {
  decode: "danna-sep decoder",
  decodeStems: "danna-sep decoder",
  analyse: "danna-sep analyst",
} as const;

/**
 * Starts a worker, makes it a decoder or an analyst, and ends it when `use` is done.
 * @param baseUrl folder of the built files
 * @throws what `use` throws; DannaError "worker" by `calls`, when the worker fails
 */
export async function withSongWorker<Control, T>(
  work: keyof typeof NAMES,
  baseUrl: string | URL | undefined,
  use: (control: Remote<Control>, calls: PendingCalls) => Promise<T>,
): Promise<T> {
  const script = workerScript(served(baseUrl).worker);
  const worker = new Worker(script, { type: "module", name: NAMES[work] });
  const { port1, port2 } = new MessageChannel();
  const calls = new PendingCalls();
  try {
    worker.onerror = (event) => {
      event.preventDefault();
      calls.fail(new DannaError("worker", event.message));
    };
    void wrap<LeadControl>(worker)[work](transfer(port2, [port2]));
    return await use(wrap<Control>(port1), calls);
  } finally {
    worker.terminate();
    port1.close();
  }
}
