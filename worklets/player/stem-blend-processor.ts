// The cross-fade to the stems computed ahead as a processor. Audio thread.
import { STEM_BLEND } from "../../src/player/protocol.ts";
import { blendStems } from "./stem-blend.ts";

/** The stems and the player's bus in; what is to be added to each stem out. */
class StemBlendProcessor extends AudioWorkletProcessor {
  #open = true;

  constructor() {
    super();
    this.port.onmessage = () => (this.#open = false);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    blendStems(inputs, inputs[outputs.length], outputs);
    return this.#open;
  }
}

registerProcessor(STEM_BLEND, StemBlendProcessor);
