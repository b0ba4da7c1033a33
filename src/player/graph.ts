// The mixer's part of the audio graph: source → (key shift) → separator → master → limiter → out.
// Beside the separator, what turns its stems into those computed ahead joins the mix. Page thread.
import type { StemSeparator } from "../index.ts";
import { STEMS, type Stem } from "../stems.ts";
import { detach, glide } from "../util/audio-node.ts";
import { LimiterNode } from "./limiter-node.ts";
import { BUS_OUTPUT, STEM_BLEND } from "./protocol.ts";
import type { StretchNode } from "./stretch.ts";

/** Time over which the key-shifted and the direct way to the separator are exchanged, in seconds. */
const EXCHANGE = 0.02;
/** Time constant and end of switching bypass: the separator's own, so that the two fades match. */
const [BYPASS_SECONDS, BYPASS_END_SECONDS] = [0.002, 0.03];

/**
 * Owns the nodes around a separator, not the separator itself. `addModule` of the mixer's worklet
 * must have been done.
 */
export class MixerGraph {
  /** Sources connect here. */
  readonly input: GainNode;
  /** What is heard; tap it to record the mix. */
  readonly output: AudioNode;
  /** Each stem as it is heard, before its gain: separated, or computed ahead. */
  readonly stems: Readonly<Record<Stem, AudioNode>>;
  readonly #separator: StemSeparator;
  readonly #context: BaseAudioContext;
  readonly #getStretch: () => Promise<StretchNode>;
  readonly #direct: GainNode;
  readonly #shifted: GainNode;
  readonly #master: GainNode;
  readonly #limiter: LimiterNode;
  /** By stem the gain of what is added to the separator's; then their sum, silent in bypass. */
  readonly #added: Readonly<Record<Stem, GainNode>>;
  readonly #addition: GainNode;
  #blend: AudioWorkletNode | undefined;
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
    this.#addition = new GainNode(context);
    this.#addition.connect(this.#master);
    const perStem = (make: (stem: Stem) => GainNode) =>
      Object.fromEntries(STEMS.map((stem) => [stem, make(stem)])) as Record<Stem, GainNode>;
    this.stems = perStem((stem) => {
      const node = new GainNode(context);
      separator.stems[stem].connect(node);
      return node;
    });
    this.#added = perStem(() => new GainNode(context));
    for (const stem of STEMS) this.#added[stem].connect(this.#addition);
    this.#master.connect(this.output).connect(destination);
  }

  /** Linear gains of the stems, heard within a render quantum. */
  setGains(gains: Readonly<Record<Stem, number>>): void {
    const now = this.#context.currentTime;
    for (const stem of STEMS) {
      glide(this.#separator.gains[stem], gains[stem], now);
      glide(this.#added[stem].gain, gains[stem], now);
    }
  }

  /** Gives the untouched input, aligned to the sample, instead of the stems. */
  setBypass(bypass: boolean): void {
    if (bypass === this.#separator.bypass) return;
    this.#separator.bypass = bypass;
    const { gain } = this.#addition;
    const now = this.#context.currentTime;
    gain.cancelScheduledValues(now);
    gain.setTargetAtTime(bypass ? 0 : 1, now, BYPASS_SECONDS);
    gain.setValueAtTime(bypass ? 0 : 1, now + BYPASS_END_SECONDS);
  }

  /** Lets the stems on a song player's bus replace the separator's, by the bus's weight. */
  blend(player: AudioNode): void {
    this.#blend ??= this.#createBlend();
    player.connect(this.#blend, BUS_OUTPUT, STEMS.length);
  }

  #createBlend(): AudioWorkletNode {
    const blend = new AudioWorkletNode(this.#context, STEM_BLEND, {
      numberOfInputs: STEMS.length + 1,
      numberOfOutputs: STEMS.length,
      outputChannelCount: STEMS.map(() => 2),
      channelInterpretation: "discrete",
    });
    STEMS.forEach((stem, i) => {
      this.#separator.stems[stem].connect(blend, 0, i);
      blend.connect(this.stems[stem], i);
      blend.connect(this.#added[stem], i);
    });
    return blend;
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
      if (this.#key !== semitones) return;
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
    const blend = this.#blend;
    for (const stem of STEMS) {
      detach(this.#separator.stems[stem], this.stems[stem]);
      if (blend) detach(this.#separator.stems[stem], blend);
    }
    blend?.port.postMessage("close");
    const own = [this.input, this.#direct, this.#shifted, this.#master, this.#addition, blend];
    for (const node of [...own, ...Object.values(this.stems), ...Object.values(this.#added)]) {
      node?.disconnect();
    }
    detach(this.#separator.output, this.#master);
    this.#limiter.dispose();
    if (this.#stretch) detach(this.#stretch, this.#shifted);
  }
}
