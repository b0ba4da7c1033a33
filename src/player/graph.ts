// The player's part of the audio graph: source → (key shift) → separator → master → limiter → out. The
// separator can be exchanged while sound goes on. Page thread.
import type { Stem } from "../stems.ts";
import { detach, glide } from "../util/audio-node.ts";
import { LimiterNode } from "./limiter-node.ts";
import { LATENCY_FADE_SECONDS } from "./protocol.ts";
import { SeparatedMix, type StemsGiver } from "./separated-mix.ts";
import type { StretchNode } from "./stretch.ts";

/** Time over which the key-shifted and the direct way to the separator are exchanged, in seconds. */
const EXCHANGE = 0.02;
/** Time beyond its latency that another separator hears the sound before it is heard itself, in seconds. */
const WARM_UP = 0.25;

export interface MixerGraphOptions {
  readonly context: AudioContext;
  readonly destination: AudioNode;
  readonly getStretch: () => Promise<StretchNode>;
  readonly onLimiterGain: (gain: number) => void;
  /** What was separated by one separator is from now on heard from another, cross-faded. */
  readonly onExchange: () => void;
}

/**
 * Owns the nodes around the separators, not the separators themselves. `addModule` of the mixer's
 * worklet must have been done.
 */
export class MixerGraph {
  /** Sources connect here. */
  readonly input: GainNode;
  /** What is heard; tap it to record the mix. */
  readonly output: AudioNode;
  readonly #options: MixerGraphOptions;
  readonly #direct: GainNode;
  readonly #shifted: GainNode;
  readonly #master: GainNode;
  readonly #limiter: LimiterNode;
  #stems: Readonly<Record<Stem, GainNode>> = {};
  /** The last is the one that is heard, or about to be. */
  #mixes: SeparatedMix[] = [];
  #gains: Readonly<Record<Stem, number>> = {};
  #bypass = false;
  #bus: AudioNode | undefined;
  #stretch: StretchNode | undefined;
  #stretchLatency = 0;
  #key = 0;

  constructor(options: MixerGraphOptions) {
    const { context, destination, onLimiterGain } = options;
    this.#options = options;
    this.input = new GainNode(context);
    this.#direct = new GainNode(context);
    this.#shifted = new GainNode(context, { gain: 0 });
    this.#master = new GainNode(context);
    this.#limiter = new LimiterNode(context, onLimiterGain);
    this.output = this.#limiter.node;
    this.input.connect(this.#direct);
    this.#master.connect(this.output).connect(destination);
  }

  /** Each stem as it is heard, before its gain: separated, or computed ahead. */
  get stems(): Readonly<Record<Stem, AudioNode>> {
    return this.#stems;
  }

  /**
   * Puts a separator in the place of the one before. While sound runs the new one first hears what the
   * old one does, then they are cross-faded. Resolves when the old one is heard no more.
   */
  async use(separator: StemsGiver): Promise<void> {
    const { context, onExchange } = this.#options;
    const before = this.#mixes.at(-1);
    const mix = this.#add(separator, !before);
    if (!before) return;
    if (this.#bus) mix.blend(this.#bus);
    await passed(context, separator.latency + WARM_UP);
    // Disposed of meanwhile.
    if (!this.#mixes.includes(mix)) return;
    onExchange();
    before.fade(false, LATENCY_FADE_SECONDS);
    mix.fade(true, LATENCY_FADE_SECONDS);
    await passed(context, LATENCY_FADE_SECONDS);
    if (!this.#mixes.includes(before)) return;
    this.#mixes = this.#mixes.filter((each) => each !== before);
    before.dispose();
  }

  #add(separator: StemsGiver, audible: boolean): SeparatedMix {
    const { context } = this.#options;
    this.#setStems(Object.keys(separator.stems));
    const mix = new SeparatedMix({
      context,
      separator,
      inputs: [this.#direct, this.#shifted],
      master: this.#master,
      taps: this.#stems,
      audible,
    });
    this.#mixes.push(mix);
    mix.setGains(this.#gains);
    mix.setBypass(this.#bypass);
    return mix;
  }

  /** Lets what gives another source's stems be heard at once. Resolves when what was heard before has faded out. */
  async replace(separator: StemsGiver): Promise<void> {
    const before = this.#mixes.splice(0);
    this.#bus = undefined;
    this.#add(separator, true);
    for (const mix of before) mix.fade(false, LATENCY_FADE_SECONDS);
    await passed(this.#options.context, LATENCY_FADE_SECONDS);
    for (const mix of before) mix.dispose();
  }

  /** Taps of stems that go on stay the same nodes: meters and recordings hold on to them. */
  #setStems(names: readonly Stem[]): void {
    const { context } = this.#options;
    const same = Object.keys(this.#stems).join() === names.join();
    if (same) return;
    this.#stems = Object.fromEntries(
      names.map((stem) => [stem, this.#stems[stem] ?? new GainNode(context)]),
    );
  }

  /** Linear gains of the stems, heard within a render quantum. */
  setGains(gains: Readonly<Record<Stem, number>>): void {
    this.#gains = gains;
    for (const mix of this.#mixes) mix.setGains(gains);
  }

  /** Gives the untouched input, aligned to the sample, instead of the stems. */
  setBypass(bypass: boolean): void {
    this.#bypass = bypass;
    for (const mix of this.#mixes) mix.setBypass(bypass);
  }

  /** Lets the stems on a song player's bus replace the separator's, by the bus's weight. */
  blend(player: AudioNode): void {
    this.#bus = player;
    for (const mix of this.#mixes) mix.blend(player);
  }

  /** Forgets the song player, which another song's follows. */
  unblend(): void {
    this.#bus = undefined;
  }

  /** Linear gain of the mix. */
  setMaster(gain: number): void {
    glide(this.#master.gain, gain, this.#options.context.currentTime);
  }

  /**
   * Shifts a live input by semitones before it is separated; 0 takes the shifter out again. The
   * last call wins.
   */
  async setKey(semitones: number): Promise<void> {
    this.#key = semitones;
    if (semitones !== 0) {
      const stretch = (this.#stretch ??= await this.#options.getStretch());
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
    const now = this.#options.context.currentTime;
    this.#direct.gain.setTargetAtTime(semitones === 0 ? 1 : 0, now, EXCHANGE);
    this.#shifted.gain.setTargetAtTime(semitones === 0 ? 0 : 1, now, EXCHANGE);
  }

  /** Delay that a live key shift adds, in seconds. */
  get keyLatency(): number {
    return this.#key === 0 ? 0 : this.#stretchLatency;
  }

  dispose(): void {
    for (const mix of this.#mixes.splice(0)) mix.dispose();
    const own = [this.input, this.#direct, this.#shifted, this.#master];
    for (const node of [...own, ...Object.values(this.#stems)]) node.disconnect();
    this.#limiter.dispose();
    if (this.#stretch) detach(this.#stretch, this.#shifted);
  }
}

/** Resolves when so many seconds have been rendered, and at once where nothing is. */
function passed(context: AudioContext, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const clock = new ConstantSourceNode(context, { offset: 0 });
    const end = () => {
      context.removeEventListener("statechange", look);
      clock.disconnect();
      resolve();
    };
    const look = () => context.state !== "running" && end();
    context.addEventListener("statechange", look);
    clock.onended = end;
    clock.connect(context.destination);
    clock.start();
    clock.stop(context.currentTime + seconds);
    look();
  });
}
