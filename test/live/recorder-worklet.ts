// Records what goes in and what comes out, frame by frame, on the audio thread itself: what a test
// compares is then what the worklet received, whatever the machine's speed.

const QUANTUM = 128;
/** Two processors may hear a new source a quantum apart, and connecting it may itself make the clock leap. */
const SURELY_HEARD = 8 * QUANTUM;

/**
 * Inputs: any number of stereo signals. Says that it runs, records from when something feeds the first
 * one, says when it is full; answers "leaps" with how often the clock has leapt since every other
 * processor, too, has heard that, and since it runs at all; any other message with all that was recorded.
 */
class Recorder extends AudioWorkletProcessor {
  #planes: Float32Array[];
  #frames = 0;
  #runs = false;
  /** What `currentFrame` is to be next; NaN until it runs. */
  #nextFrame = NaN;
  #leaps = { heard: 0, all: 0 };

  constructor(options: { processorOptions: { signals: number; frames: number } }) {
    super();
    const { signals, frames } = options.processorOptions;
    this.#planes = Array.from({ length: 2 * signals }, () => new Float32Array(frames));
    this.port.onmessage = ({ data }) =>
      this.port.postMessage(
        data === "leaps" ? this.#leaps : this.#planes.map((plane) => plane.slice(0, this.#frames)),
      );
  }

  process(inputs: Float32Array[][]): boolean {
    if (!this.#runs) this.port.postMessage("runs");
    this.#runs = true;
    if (currentFrame > this.#nextFrame) {
      this.#leaps.all++;
      if (this.#frames >= SURELY_HEARD) this.#leaps.heard++;
    }
    this.#nextFrame = currentFrame + QUANTUM;
    if (this.#frames === 0 && inputs[0].length === 0) return true;
    if (this.#frames + QUANTUM > this.#planes[0].length) return true;
    this.#planes.forEach((plane, i) => {
      const channels = inputs[i >> 1];
      const channel = channels[i & 1] ?? channels[0];
      if (channel) plane.set(channel, this.#frames);
    });
    this.#frames += QUANTUM;
    if (this.#frames + QUANTUM > this.#planes[0].length) this.port.postMessage("full");
    return true;
  }
}

registerProcessor("recorder", Recorder);
