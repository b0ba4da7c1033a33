// What stands in the separator's place in the player's graph where a song brings its own stems: nothing is separated,
// and nothing comes later than it is played. Page thread; loaded with the first such song.
import type { Stem } from "../../stems.ts";
import { switchTo } from "../../util/audio-node.ts";
import type { StemsGiver } from "../separated-mix.ts";

/**
 * The song player's bus gives the stems as they are; those of another key or tempo come from `stretched`. At `input` the
 * mixture comes in, which is heard in bypass.
 */
export class OwnStemsNode implements StemsGiver {
  readonly input: GainNode;
  readonly output: GainNode;
  readonly stems: Readonly<Record<Stem, GainNode>>;
  readonly gains: Readonly<Record<Stem, AudioParam>>;
  /** Takes all stems at once: left and right of each. */
  readonly stretched: GainNode;
  readonly latency = 0;
  readonly #context: BaseAudioContext;
  readonly #mix: GainNode;
  readonly #dry: GainNode;
  #bypass = false;

  constructor(context: BaseAudioContext, names: readonly Stem[]) {
    this.#context = context;
    const channels = 2 * names.length;
    this.input = new GainNode(context);
    this.output = new GainNode(context);
    this.stretched = new GainNode(context, {
      channelCount: channels,
      channelCountMode: "explicit",
      channelInterpretation: "discrete",
    });
    this.#mix = new GainNode(context);
    this.#dry = new GainNode(context, { gain: 0 });
    this.input.connect(this.#dry).connect(this.output);
    this.#mix.connect(this.output);
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: channels });
    this.stretched.connect(splitter);
    const stems: Record<Stem, GainNode> = {};
    const gains: Record<Stem, AudioParam> = {};
    names.forEach((stem, i) => {
      const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
      const [tap, gain] = [new GainNode(context), new GainNode(context)];
      splitter.connect(merger, 2 * i, 0);
      splitter.connect(merger, 2 * i + 1, 1);
      merger.connect(tap);
      merger.connect(this.#dry);
      merger.connect(gain).connect(this.#mix);
      stems[stem] = tap;
      gains[stem] = gain.gain;
    });
    this.stems = stems;
    this.gains = gains;
  }

  get bypass(): boolean {
    return this.#bypass;
  }

  set bypass(bypass: boolean) {
    if (bypass === this.#bypass) return;
    this.#bypass = bypass;
    const now = this.#context.currentTime;
    switchTo(this.#mix.gain, bypass ? 0 : 1, now);
    switchTo(this.#dry.gain, bypass ? 1 : 0, now);
  }

  connect(destination: AudioNode, output?: number, input?: number): AudioNode;
  connect(destination: AudioParam, output?: number): void;
  connect(destination: AudioNode | AudioParam, output = 0, input = 0): AudioNode | void {
    if ("value" in destination) this.output.connect(destination, output);
    else return this.output.connect(destination, output, input);
  }
}
