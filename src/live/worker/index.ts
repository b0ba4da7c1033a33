// Entry of the inference worker: built into dist/worker.js.
import { expose } from "comlink";
import { InferenceWorker } from "./inference-worker.ts";

expose(new InferenceWorker());
