// Entry of the inference worker: built into dist/worker.js.
import { expose } from "../../util/rpc.ts";
import { InferenceWorker } from "./inference-worker.ts";

expose(new InferenceWorker());
