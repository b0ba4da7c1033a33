// Peak and RMS amplitude of a stereo node, read from the page. Page thread.

import { detach } from "../src/player/index.ts";

/** Longest stretch of sound one reading can cover, in samples per channel: 93 ms at 44.1 kHz. */
const WINDOW = 4096;

/** Readings of one channel, linear amplitudes. */
export interface Level {
  peak: number;
  rms: number;
}

/** One a node, whoever looks at it. */
const taps = new WeakMap<AudioNode, LevelTap>();

/**
 * Taps a node without changing its sound: `read()` gives what passed since the frame before (at
 * most the last 4096 samples). Reading allocates nothing. `dispose()` takes the tap off again.
 */
export class LevelTap {
  readonly left: Level = { peak: 0, rms: 0 };
  readonly right: Level = { peak: 0, rms: 0 };
  readonly #node: AudioNode;
  #users = 0;
  /** The page's frame that was read in last. */
  #frame: CSSNumberish | null = null;
  // Turns mono into two equal channels, which a splitter alone would not.
  readonly #stereo: GainNode;
  readonly #splitter: ChannelSplitterNode;
  readonly #analysers: readonly AnalyserNode[];
  readonly #samples = new Float32Array(WINDOW);
  #time: number;

  /** The node's tap, for one more user, who disposes of it. */
  static on(node: AudioNode): LevelTap {
    const tap = taps.get(node) ?? new LevelTap(node);
    taps.set(node, tap);
    tap.#users++;
    return tap;
  }

  private constructor(node: AudioNode) {
    const context = node.context;
    this.#node = node;
    this.#time = context.currentTime;
    this.#stereo = new GainNode(context, { channelCount: 2, channelCountMode: "explicit" });
    this.#splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    this.#analysers = [0, 1].map((channel) => {
      const analyser = new AnalyserNode(context, { fftSize: WINDOW, channelCount: 1 });
      this.#splitter.connect(analyser, channel);
      return analyser;
    });
    node.connect(this.#stereo).connect(this.#splitter);
  }

  /** Measures into `left` and `right`, once in a frame of the page. */
  read(): void {
    const frame = document.timeline.currentTime;
    if (frame !== null && frame === this.#frame) return;
    this.#frame = frame;
    const { currentTime, sampleRate } = this.#node.context;
    const passed = Math.round((currentTime - this.#time) * sampleRate);
    this.#time = currentTime;
    const count = Math.min(WINDOW, passed);
    this.#measure(this.#analysers[0], count, this.left);
    this.#measure(this.#analysers[1], count, this.right);
  }

  #measure(analyser: AnalyserNode, count: number, level: Level): void {
    let peak = 0;
    let sum = 0;
    if (count > 0) {
      analyser.getFloatTimeDomainData(this.#samples);
      for (let i = WINDOW - count; i < WINDOW; i++) {
        const x = Math.abs(this.#samples[i]);
        if (x > peak) peak = x;
        sum += x * x;
      }
    }
    level.peak = peak;
    level.rms = count > 0 ? Math.sqrt(sum / count) : 0;
  }

  dispose(): void {
    if (--this.#users > 0) return;
    taps.delete(this.#node);
    detach(this.#node, this.#stereo);
    this.#stereo.disconnect();
    this.#splitter.disconnect();
  }
}
