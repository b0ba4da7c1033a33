// The mixer's part of the audio graph: source → (key shift) → separator → master → limiter → out.
// Page thread.
import type { StemSeparator } from "../../src/index.ts";
import { STEMS, type Stem } from "../../src/stems.ts";
import { detach } from "./detach.ts";
import { glide } from "./glide.ts";
import { LimiterNode } from "./limiter-node.ts";
import type { StretchNode } from "./stretch.ts";

/** Time over which the key-shifted and the direct way to the separator are exchanged, in seconds. */
const EXCHANGE = 0.02;

/**
 * Owns the nodes around a separator, not the separator itself. `addModule` of the mixer's worklet
 * must have been done.
 */
export class MixerGraph {
  /** Sources connect here. */
  readonly input: GainNode;
  /** What is heard; tap it to record the mix. */
  readonly output: AudioNode;
  readonly #separator: StemSeparator;
  readonly #context: BaseAudioContext;
  readonly #getStretch: () => Promise<StretchNode>;
  readonly #direct: GainNode;
  readonly #shifted: GainNode;
  readonly #master: GainNode;
  readonly #limiter: LimiterNode;
  #stretch: StretchNode | undefined;
  #stretchLatency = 0;
  #key = 0;

  constructor(
    separator: StemSeparator,
    context: BaseAudioContext,
    destination: AudioNode,
    getStretch: () => Promise<StretchNode>,
    onLimiterGain: (gain: number) => void,
  ) {
    this.#separator = separator;
    this.#context = context;
    this.#getStretch = getStretch;
    this.input = new GainNode(context);
    this.#direct = new GainNode(context);
    this.#shifted = new GainNode(context, { gain: 0 });
    this.#master = new GainNode(context);
    this.#limiter = new LimiterNode(context, onLimiterGain);
    this.output = this.#limiter.node;
    this.input.connect(this.#direct).connect(separator.input);
    this.#shifted.connect(separator.input);
    separator.connect(this.#master);
    this.#master.connect(this.output).connect(destination);
  }

  /** Linear gains of the stems, heard within a render quantum. */
  setGains(gains: Readonly<Record<Stem, number>>): void {
    const now = this.#context.currentTime;
    for (const stem of STEMS) glide(this.#separator.gains[stem], gains[stem], now);
  }

  /** Linear gain of the mix. */
  setMaster(gain: number): void {
    glide(this.#master.gain, gain, this.#context.currentTime);
  }

  /**
   * Shifts a live input by semitones before it is separated; 0 takes the shifter out again. The
   * last call wins.
   */
  async setKey(semitones: number): Promise<void> {
    this.#key = semitones;
    if (semitones !== 0) {
      const stretch = (this.#stretch ??= await this.#getStretch());
      this.#stretchLatency = await stretch.latency();
      if (this.#key !== semitones) return;
      await stretch.schedule({ active: true, semitones });
      this.input.connect(stretch).connect(this.#shifted);
    } else if (this.#stretch) {
      detach(this.input, this.#stretch);
      detach(this.#stretch, this.#shifted);
      this.#stretch = undefined;
    }
    const now = this.#context.currentTime;
    this.#direct.gain.setTargetAtTime(semitones === 0 ? 1 : 0, now, EXCHANGE);
    this.#shifted.gain.setTargetAtTime(semitones === 0 ? 0 : 1, now, EXCHANGE);
  }

  /** Delay that a live key shift adds, in seconds. */
  get keyLatency(): number {
    return this.#key === 0 ? 0 : this.#stretchLatency;
  }

  dispose(): void {
    for (const node of [this.input, this.#direct, this.#shifted, this.#master]) node.disconnect();
    detach(this.#separator.output, this.#master);
    this.#limiter.dispose();
    if (this.#stretch) detach(this.#stretch, this.#shifted);
  }
}
