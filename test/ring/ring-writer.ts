// The writing thread of the two-thread test: as fast as the reader allows without losing anything.
import { parentPort, workerData } from "node:worker_threads";
import { RingWriter } from "../../src/ring/ring.ts";

const { memory, start, frames, done } = workerData as {
  memory: SharedArrayBuffer;
  start: number;
  frames: number;
  done: Int32Array;
};
const writer = new RingWriter(memory, start);
const sample = (position: number, channel: number) => (position % 2 ** 20) + channel / 8;
const channels = [new Float32Array(128), new Float32Array(128)];
parentPort?.postMessage("ready");
while (writer.position < start + frames) {
  const written = writer.position - start;
  while (written + 128 - Atomics.load(done, 0) > 2048);
  for (let i = 0; i < 128; i++) {
    channels[0][i] = sample(writer.position + i, 0);
    channels[1][i] = sample(writer.position + i, 1);
  }
  writer.write(channels, 128);
}
