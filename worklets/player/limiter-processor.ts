// The limiter as a processor. Audio thread.
import { LIMITER, LIMITER_REPORT_SECONDS, type LimiterReport } from "../../src/player/protocol.ts";
import { Limiter } from "../../src/dsp/limiter.ts";

/** One input, one output, stereo. Posts its lowest gain while it works, and once when it rests. */
class LimiterProcessor extends AudioWorkletProcessor {
  readonly #limiter = new Limiter(sampleRate);
  #lowest = 1;
  #reported = 1;
  #since = 0;
  #open = true;

  constructor() {
    super();
    this.port.onmessage = () => (this.#open = false);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [input] = inputs;
    const [output] = outputs;
    if (input.length > 0)
      this.#lowest = Math.min(this.#lowest, this.#limiter.process(input, output));
    this.#since += output[0].length;
    if (this.#since >= LIMITER_REPORT_SECONDS * sampleRate) {
      if (this.#lowest < 1 || this.#reported < 1) {
        this.port.postMessage({ gain: this.#lowest } satisfies LimiterReport);
        this.#reported = this.#lowest;
      }
      this.#lowest = 1;
      this.#since = 0;
    }
    return this.#open;
  }
}

registerProcessor(LIMITER, LimiterProcessor);
