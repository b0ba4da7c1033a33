// Entry of a split's worker in browsers: built into dist/split-worker.js.
import { expose } from "../../util/rpc.ts";
import { SplitWorker } from "./split-worker.ts";

expose(new SplitWorker());
