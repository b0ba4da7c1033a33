// Starts the workers of a split in Node: threads, which end with the process.
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { Worker } from "node:worker_threads";
import { DannaError } from "../../errors.ts";
import type { PoolWorker } from "./worker-pool.ts";

export function startWorkers(count: number): PoolWorker[] {
  return Array.from({ length: count }, () => {
    const worker = new Worker(new URL("./node-worker.js", import.meta.url));
    const failed = new Promise<never>((_, reject) => {
      worker.on("error", (cause) => reject(died(cause.message, cause)));
      worker.on("exit", (code) => reject(died(`exit code ${code}`)));
    });
    return { endpoint: nodeEndpoint(worker), failed, terminate: () => void worker.terminate() };
  });
}

const died = (reason: string, cause?: unknown) =>
  new DannaError(
    "worker",
    `A worker died (${reason}). Fewer workers need less memory; 0 shows errors of its thread.`,
    { cause },
  );
