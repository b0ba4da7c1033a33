// Entry of a split's worker thread: built into dist/node-worker.js. Node.
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { parentPort, workerData } from "node:worker_threads";
import { importNative, nodeSources } from "../../engine/native.ts";
import { expose } from "../../util/rpc.ts";
import { locked } from "./run-lock.ts";
import { RunnerWorker } from "./runner-worker.ts";

if (parentPort) {
  const native = async () => locked(await importNative(), workerData as Int32Array);
  expose(new RunnerWorker({ ...nodeSources, importNative: native }), nodeEndpoint(parentPort));
}
