// Danna-Sep Live as a Web Audio Modules 2 plugin (dist/wam/index.js): four gains, bypass and latencyMode
// as parameters, its latency, its state, and the mixer's strips as its face. Page.
import { WebAudioModule } from "@webaudiomodules/sdk";
import { ParamMgrFactory } from "@webaudiomodules/sdk-parammgr";
import {
  DannaError,
  LATENCY_MODES,
  DEFAULT_STEMS,
  type StemSeparatorOptions,
} from "../../src/index.ts";
import descriptor from "./descriptor.json";
import { latencyModeOf, StemSeparatorWamNode } from "./wam-node.ts";

/** Linear gain that +12 dB is. */
const MOST_GAIN = 10 ** (12 / 20);
const BALANCED = LATENCY_MODES.indexOf("balanced");
/** How often a changed switch is looked for, per second. */
const SWITCH_RATE = 30;

/** What `getState` gives and `initialize` and `setState` take: values by parameter. */
export type WamState = Readonly<Record<string, number>>;

/** An instance of the plugin, as a host sees it; the rest of the interface is in the WAM 2 API. */
export interface StemSeparatorPlugin {
  readonly audioNode: AudioNode;
  readonly groupId: string;
  readonly instanceId: string;
  /** The mixer's strips, bypass and latencyMode. */
  createGui(): Promise<Element>;
  destroyGui(gui: Element): void;
}

/** What a host imports. The API's own types do not hold in strict projects, so it is told here. */
export interface StemSeparatorPluginClass {
  readonly isWebAudioModuleConstructor: boolean;
  /** For all instances made from then on: other files or another model than the default. */
  options: Pick<StemSeparatorOptions, "baseUrl" | "model" | "backend">;
  createInstance(
    groupId: string,
    context: BaseAudioContext,
    state?: WamState,
  ): Promise<StemSeparatorPlugin>;
}

class StemSeparatorWam extends WebAudioModule<StemSeparatorWamNode> {
  static options: StemSeparatorPluginClass["options"] = {};

  override _descriptor = { ...super._descriptor, ...descriptor };

  override async initialize(state?: WamState): Promise<this> {
    await super.initialize(state);
    if (state !== undefined) {
      // A host may go on as soon as this resolves, so the latency must be the state's.
      if (typeof state.latencyMode === "number")
        await this.audioNode.setLatencyMode(latencyModeOf(state.latencyMode));
      await this.audioNode.setState(state);
    }
    return this;
  }

  override async createAudioNode(): Promise<StemSeparatorWamNode> {
    const node = new StemSeparatorWamNode(this.audioContext, StemSeparatorWam.options);
    await node.setLatencyMode(LATENCY_MODES[BALANCED]);
    const gain = { type: "float" as const, defaultValue: 1, minValue: 0, maxValue: MOST_GAIN };
    const gains = DEFAULT_STEMS.map((stem) => [stem, { ...gain, label: stem }]);
    const manager = await ParamMgrFactory.create(this, {
      paramsConfig: {
        ...Object.fromEntries(gains),
        bypass: { type: "boolean", label: "bypass", defaultValue: 0, minValue: 0, maxValue: 1 },
        latencyMode: {
          type: "choice",
          label: "latency",
          choices: [...LATENCY_MODES],
          defaultValue: BALANCED,
          minValue: 0,
          maxValue: LATENCY_MODES.length - 1,
        },
      },
      internalParamsConfig: {
        ...Object.fromEntries(DEFAULT_STEMS.map((stem) => [stem, node.gains[stem].gain])),
        bypass: {
          defaultValue: 0,
          automationRate: SWITCH_RATE,
          onChange: (value) => node.setBypass(value >= 0.5),
        },
        latencyMode: {
          defaultValue: BALANCED,
          maxValue: LATENCY_MODES.length - 1,
          automationRate: SWITCH_RATE,
          onChange: (value) => node.setLatencyMode(latencyModeOf(value)).catch(this.#report),
        },
      },
    });
    node.setParameters(manager);
    return node;
  }

  override async createGui(): Promise<Element> {
    const { StemSeparatorPanel } = await import("./panel.ts");
    return new StemSeparatorPanel(this.audioNode);
  }

  override destroyGui(gui: Element): void {
    gui.remove();
  }

  #report = (error: unknown): void => {
    const reason = error instanceof DannaError ? error.message : String(error);
    this.audioNode.dispatchEvent(new CustomEvent("wam-error", { detail: reason }));
  };
}

const plugin: StemSeparatorPluginClass = StemSeparatorWam;
export default plugin;
