// The plugin's node: the host's audio in, a separator, four gains of its own, the mix out. Page.
//
// The gains and the switch to the dry signal belong to the node and not to the separator, because a
// change of latencyMode replaces the separator while the host's automation goes on.
import type { WamNode } from "@webaudiomodules/api";
import { CompositeAudioNode } from "@webaudiomodules/sdk-parammgr";
import {
  createStemSeparator,
  LATENCY_MODES,
  DEFAULT_STEMS,
  type LatencyMode,
  type Stem,
  type StemSeparator,
  type StemSeparatorOptions,
} from "../../src/index.ts";

/** Time constant of the switch to the dry signal, in seconds. */
const BYPASS_SECONDS = 0.005;

export class StemSeparatorWamNode extends CompositeAudioNode {
  /** Linear gains of the stems, for the host's automation. */
  readonly gains: Readonly<Record<Stem, GainNode>>;
  readonly #options: StemSeparatorOptions;
  readonly #input: GainNode;
  readonly #wet: GainNode;
  readonly #dry: GainNode;
  #separator: StemSeparator | undefined;
  #changes: Promise<void> = Promise.resolve();
  #destroyed = false;

  /** Await `setLatencyMode` before the node is used, and give it its parameters with `setParameters`. */
  constructor(context: BaseAudioContext, options: StemSeparatorOptions) {
    super(context);
    this.#options = options;
    this.#input = new GainNode(context);
    // Until there is `_output`, `connect` is the input's.
    this.connect(this.#input);
    this.#wet = new GainNode(context);
    this.#dry = new GainNode(context, { gain: 0 });
    const gains = DEFAULT_STEMS.map((stem) => [stem, new GainNode(context)] as const);
    this.gains = Object.fromEntries(gains) as Record<Stem, GainNode>;
    for (const [, gain] of gains) gain.connect(this.#wet);
    const output = new GainNode(context);
    this.#wet.connect(output);
    this.#dry.connect(output);
    this._output = output;
  }

  setParameters(manager: WamNode): void {
    this._wamNode = manager;
  }

  get separator(): StemSeparator | undefined {
    return this.#separator;
  }

  /** Replaces the separator; the old one sounds until the new one is ready. */
  setLatencyMode(latencyMode: LatencyMode): Promise<void> {
    this.#changes = this.#changes.catch(() => undefined).then(() => this.#replace(latencyMode));
    return this.#changes;
  }

  async #replace(latencyMode: LatencyMode): Promise<void> {
    if (this.#destroyed || this.#separator?.latencyMode === latencyMode) return;
    const before = this.#separator;
    const separator = await createStemSeparator(this.context, { ...this.#options, latencyMode });
    if (this.#destroyed) return separator.dispose();
    // Its output is only used for the dry signal, which it delays by its latency to the sample.
    separator.bypass = true;
    this.#input.connect(separator.input);
    for (const stem of DEFAULT_STEMS) separator.stems[stem].connect(this.gains[stem]);
    separator.connect(this.#dry);
    this.#separator = separator;
    if (before) {
      this.#input.disconnect(before.input);
      await before.dispose();
    }
  }

  setBypass(bypass: boolean): void {
    const now = this.context.currentTime;
    this.#wet.gain.setTargetAtTime(bypass ? 0 : 1, now, BYPASS_SECONDS);
    this.#dry.gain.setTargetAtTime(bypass ? 1 : 0, now, BYPASS_SECONDS);
  }

  /** Seconds from input to output. */
  override getCompensationDelay(): Promise<number> {
    return Promise.resolve(this.#separator?.latency ?? 0);
  }

  override destroy(): void {
    this.#destroyed = true;
    const nodes = [this.#input, ...Object.values(this.gains), this.#wet, this.#dry];
    for (const node of nodes) node.disconnect();
    void this.#separator?.dispose();
    super.destroy();
  }
}

/** The latencyMode of a parameter's value, which may be anything that a host sends. */
export function latencyModeOf(value: number): LatencyMode {
  return LATENCY_MODES[Math.min(LATENCY_MODES.length - 1, Math.max(0, Math.round(value)))];
}
