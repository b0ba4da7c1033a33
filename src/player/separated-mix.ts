// One separator in the player's graph, with what turns its stems into those computed ahead, behind faders:
// so that another separator can take over while sound goes on. Page thread.
import type { StemSeparator } from "../index.ts";
import type { Stem } from "../stems.ts";
import { detach, glide } from "../util/audio-node.ts";
import { BUS_OUTPUT, STEM_BLEND } from "./protocol.ts";

/** Time constant and end of switching bypass: the separator's own, so that the two fades match. */
const [BYPASS_SECONDS, BYPASS_END_SECONDS] = [0.002, 0.03];

/** What gives stems: a separator, or what stands in its place where a song brings its own. */
export type StemsGiver = Pick<
  StemSeparator,
  "input" | "output" | "stems" | "gains" | "bypass" | "latency" | "connect"
>;

export interface SeparatedMixParts {
  readonly context: BaseAudioContext;
  readonly separator: StemsGiver;
  /** What is separated. */
  readonly inputs: readonly AudioNode[];
  /** Where the mix goes, and each stem before its gain. */
  readonly master: AudioNode;
  readonly taps: Readonly<Record<Stem, AudioNode>>;
  /** Whether it is heard at once. */
  readonly audible: boolean;
}

export class SeparatedMix {
  readonly separator: StemsGiver;
  readonly #parts: SeparatedMixParts;
  readonly #stems: readonly Stem[];
  /** By stem: its separated sound with what is added to it, on its way to the tap. */
  readonly #heard: Readonly<Record<Stem, GainNode>>;
  readonly #out: GainNode;
  /** By stem the gain of what is added to the separator's; then their sum, silent in bypass. */
  readonly #added: Readonly<Record<Stem, GainNode>>;
  readonly #addition: GainNode;
  #blend: AudioWorkletNode | undefined;

  constructor(parts: SeparatedMixParts) {
    const { context, separator, inputs, master, taps, audible } = parts;
    this.#parts = parts;
    this.separator = separator;
    this.#stems = Object.keys(separator.stems);
    const gain = audible ? 1 : 0;
    const perStem = (make: (stem: Stem) => GainNode) =>
      Object.fromEntries(this.#stems.map((stem) => [stem, make(stem)]));
    this.#out = new GainNode(context, { gain });
    this.#addition = new GainNode(context);
    this.#addition.connect(this.#out);
    this.#heard = perStem((stem) => {
      const node = new GainNode(context, { gain });
      separator.stems[stem].connect(node).connect(taps[stem]);
      return node;
    });
    this.#added = perStem(() => {
      const node = new GainNode(context);
      node.connect(this.#addition);
      return node;
    });
    separator.connect(this.#out);
    this.#out.connect(master);
    for (const input of inputs) input.connect(separator.input);
  }

  /** Linear gains of the stems, heard within a render quantum. */
  setGains(gains: Readonly<Record<Stem, number>>): void {
    const now = this.#parts.context.currentTime;
    for (const stem of this.#stems) {
      const gain = gains[stem] ?? 1;
      glide(this.separator.gains[stem], gain, now);
      glide(this.#added[stem].gain, gain, now);
    }
  }

  /** Gives the untouched input, aligned to the sample, instead of the stems. */
  setBypass(bypass: boolean): void {
    if (bypass === this.separator.bypass) return;
    this.separator.bypass = bypass;
    const { gain } = this.#addition;
    const now = this.#parts.context.currentTime;
    gain.cancelScheduledValues(now);
    gain.setTargetAtTime(bypass ? 0 : 1, now, BYPASS_SECONDS);
    gain.setValueAtTime(bypass ? 0 : 1, now + BYPASS_END_SECONDS);
  }

  /** Lets the stems on a song player's bus replace the separator's, by the bus's weight. */
  blend(player: AudioNode): void {
    this.#blend ??= this.#createBlend();
    player.connect(this.#blend, BUS_OUTPUT, this.#stems.length);
  }

  #createBlend(): AudioWorkletNode {
    const count = this.#stems.length;
    const blend = new AudioWorkletNode(this.#parts.context, STEM_BLEND, {
      numberOfInputs: count + 1,
      numberOfOutputs: count,
      outputChannelCount: Array<number>(count).fill(2),
      channelInterpretation: "discrete",
    });
    this.#stems.forEach((stem, i) => {
      this.separator.stems[stem].connect(blend, 0, i);
      blend.connect(this.#heard[stem], i);
      blend.connect(this.#added[stem], i);
    });
    return blend;
  }

  /** Fades in or out over so many seconds from now, in a straight line. */
  fade(audible: boolean, seconds: number): void {
    const now = this.#parts.context.currentTime;
    for (const { gain } of [this.#out, ...Object.values(this.#heard)]) {
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(audible ? 0 : 1, now);
      gain.linearRampToValueAtTime(audible ? 1 : 0, now + seconds);
    }
  }

  /** Leaves the separator itself to its owner. */
  dispose(): void {
    const { separator } = this;
    const blend = this.#blend;
    for (const input of this.#parts.inputs) detach(input, separator.input);
    for (const stem of this.#stems) {
      detach(separator.stems[stem], this.#heard[stem]);
      if (blend) detach(separator.stems[stem], blend);
    }
    detach(separator.output, this.#out);
    blend?.port.postMessage("close");
    const own = [this.#out, this.#addition, blend];
    for (const node of [...own, ...Object.values(this.#heard), ...Object.values(this.#added)]) {
      node?.disconnect();
    }
  }
}
