// Entry of a split's worker thread: built into dist/node-worker.js. Node.
import { expose } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { parentPort } from "node:worker_threads";
import { importNative } from "../../engine/native.ts";
import { RunnerWorker } from "./runner-worker.ts";

if (parentPort) expose(new RunnerWorker(importNative), nodeEndpoint(parentPort));
