// The recorder as a processor: hands blocks of its inputs to the page. Audio thread.
import {
  RECORDER,
  RECORDER_BLOCK,
  type RecorderBlock,
  type RecorderCommand,
} from "../../src/player/protocol.ts";

/**
 * Any number of stereo inputs, one silent output that keeps it running. From "start" to "stop" it
 * posts blocks of `RECORDER_BLOCK` frames, all inputs at the same positions; the last is shorter.
 * Blocks come back to be used again, so that recording allocates only while the page lags behind.
 */
class RecorderProcessor extends AudioWorkletProcessor {
  #recording = false;
  #open = true;
  #block: Float32Array<ArrayBuffer> | undefined;
  #filled = 0;
  readonly #spare: Float32Array<ArrayBuffer>[] = [];

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<RecorderCommand>) => {
      if (data.do === "start") this.#recording = true;
      else if (data.do === "return") this.#spare.push(data.samples);
      else {
        this.#flush(true);
        this.#recording = false;
        this.#open = data.do !== "close";
      }
    };
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    if (!this.#recording) return this.#open;
    const length = outputs[0][0].length;
    const size = inputs.length * 2 * RECORDER_BLOCK;
    this.#block ??= this.#spare.pop() ?? new Float32Array(size);
    for (let i = 0; i < inputs.length; i++) {
      for (let c = 0; c < 2; c++) {
        const at = (i * 2 + c) * RECORDER_BLOCK + this.#filled;
        const channel = inputs[i][c] ?? inputs[i][0];
        if (channel) this.#block.set(channel, at);
        else this.#block.fill(0, at, at + length);
      }
    }
    this.#filled += length;
    if (this.#filled >= RECORDER_BLOCK) this.#flush(false);
    return true;
  }

  #flush(last: boolean): void {
    const samples = this.#block ?? new Float32Array(0);
    const message: RecorderBlock = { samples, frames: this.#filled, last };
    this.port.postMessage(message, [samples.buffer]);
    this.#block = undefined;
    this.#filled = 0;
  }
}

registerProcessor(RECORDER, RecorderProcessor);
