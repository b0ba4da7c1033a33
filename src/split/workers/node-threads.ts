// Starts the workers of a split in Node: threads, which end with the process.
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { Worker } from "node:worker_threads";
import { DannaError } from "../../errors.ts";
import { createLock, lock } from "./run-lock.ts";
import type { PoolWorker } from "./worker-pool.ts";

/** MB for what lives briefly: with Node's 48 of them a worker takes some 20 MB more, for 2 % less time. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

export function startWorkers(count: number): PoolWorker[] {
  return Array.from({ length: count }, () => {
    const shared = createLock();
    const url = new URL("./node-worker.js", import.meta.url);
    const worker = new Worker(url, { workerData: shared, resourceLimits });
    const end = () => lock(shared);
    process.once("exit", end);
    worker.once("exit", () => process.off("exit", end));
    const failed = new Promise<never>((_, reject) => {
      worker.on("error", (cause) => reject(died(cause.message, cause)));
      worker.on("exit", (code) => reject(died(`exit code ${code}`)));
    });
    const terminate = () => {
      end();
      void worker.terminate();
    };
    return { endpoint: nodeEndpoint(worker), failed, terminate };
  });
}

const died = (reason: string, cause?: unknown) =>
  new DannaError(
    "worker",
    `A worker died (${reason}). Fewer workers need less memory; 0 shows errors of its thread.`,
    { cause },
  );
