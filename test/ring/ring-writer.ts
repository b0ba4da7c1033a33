// The writing thread of the two-thread tests: as fast as the reader allows without losing anything.
import { parentPort, workerData } from "node:worker_threads";
import { RingWriter } from "../../src/ring/ring.ts";

const { memory, start, blockFrames, blocks, done } = workerData as {
  memory: SharedArrayBuffer;
  start: number;
  blockFrames: number;
  blocks: number;
  done: Int32Array;
};
const writer = new RingWriter(memory, start);
const sample = (position: number, channel: number) => (position % 2 ** 20) + channel / 8;
const channels = [new Float32Array(blockFrames), new Float32Array(blockFrames)];
parentPort?.postMessage("ready");
for (let block = 0; block < blocks; block++) {
  for (let i = 0; i < blockFrames; i++) {
    channels[0][i] = sample(writer.position + i, 0);
    channels[1][i] = sample(writer.position + i, 1);
  }
  while (writer.position - start + blockFrames - Atomics.load(done, 0) > 16 * blockFrames);
  writer.write(channels, blockFrames);
}
