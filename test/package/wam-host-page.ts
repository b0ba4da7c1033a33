// A small Web Audio Modules host, as the kit documents one: loads the plugin from a URL on another
// origin, plays the song through it. Browser side of wam.test.ts.
import type { WamNode } from "@webaudiomodules/api";
import { initializeWamHost } from "@webaudiomodules/sdk";

interface Plugin {
  readonly audioNode: AudioNode & WamNode;
  readonly descriptor: { readonly name: string };
  createGui(): Promise<Element>;
  destroyGui(gui: Element): void;
}
interface PluginClass {
  readonly isWebAudioModuleConstructor: boolean;
  createInstance(groupId: string, context: BaseAudioContext, state?: unknown): Promise<Plugin>;
}

const LEVEL_TIME = 20;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > 20_000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LEVEL_TIME));
  }
}

/** What the plugin is and does, step by step; throws where a step does not come about. */
export async function hostPlugin(url: string, song: string) {
  const { default: Plugin } = (await import(url)) as { default: PluginClass };
  if (!Plugin.isWebAudioModuleConstructor) throw new Error("not a plugin");
  const context = new AudioContext({ sampleRate: 44100 });
  const [groupId] = await initializeWamHost(context);
  const plugin = await Plugin.createInstance(groupId, context);
  const { audioNode: node } = plugin;
  const bytes = await (await fetch(song)).arrayBuffer();
  const source = new AudioBufferSourceNode(context, {
    buffer: await context.decodeAudioData(bytes),
    loop: true,
  });
  const analyser = new AnalyserNode(context);
  source.connect(node);
  node.connect(analyser).connect(context.destination);
  source.start(0, 4);
  const samples = new Float32Array(analyser.fftSize);
  const level = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  };
  const set = (values: Record<string, number>) =>
    node.setParameterValues(
      Object.fromEntries(
        Object.entries(values).map(([id, value]) => [id, { id, value, normalized: false }]),
      ),
    );

  const info = await node.getParameterInfo();
  const latency = await node.getCompensationDelay();
  await until("sound", () => level() > 0.01);
  await set({ vocals: 0, drums: 0, bass: 0, other: 0 });
  await until("silence with all gains at zero", () => level() === 0);
  await set({ bypass: 1 });
  await until("sound with bypass", () => level() > 0.01);
  await set({ bypass: 0, drums: 0.5 });
  await until("drums", () => level() > 0.001);

  const gui = await plugin.createGui();
  document.body.append(gui);
  const strips = () => [...gui.shadowRoot!.querySelectorAll("stem-strip")];
  await until("strips that show the host's values", () =>
    strips().some((strip) => strip.stem === "drums" && strip.gain === -6),
  );
  const detail = { stem: "vocals", gain: -20 } as const;
  const request = new CustomEvent("stem-gain-request", { detail, bubbles: true, composed: true });
  strips()[0].dispatchEvent(request);
  await until("a strip that moves a parameter", async () => {
    const { vocals } = await node.getParameterValues(false, "vocals");
    return Math.abs(vocals.value - 0.1) < 1e-6;
  });
  plugin.destroyGui(gui);

  await set({ latencyMode: 2 });
  await until("more latency", async () => (await node.getCompensationDelay()) > latency);
  await until("sound after a change of preset", () => level() > 0.001);
  const state: unknown = JSON.parse(JSON.stringify(await node.getState()));
  const restored = await Plugin.createInstance(groupId, context, state);
  const restoredState: unknown = await restored.audioNode.getState();
  const restoredLatency = await restored.audioNode.getCompensationDelay();
  const safeLatency = await node.getCompensationDelay();
  node.destroy();
  restored.audioNode.destroy();
  await context.close();
  return {
    name: plugin.descriptor.name,
    parameters: Object.values(info).map(({ id, type }) => `${id}: ${type}`),
    latency,
    state,
    restoredState,
    restoredLatency,
    safeLatency,
  };
}
