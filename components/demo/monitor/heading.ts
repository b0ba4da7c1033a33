// The head of a saved log: what the monitor runs on, and how it is set. Pure; any thread.
import type { Facts } from "./log.ts";
import type { MonitorSettings } from "./settings.ts";

/** What is known of the page, its machine and its devices. */
export interface Setup {
  /** Of the package. */
  readonly version: string;
  readonly browser: string;
  readonly cores: number;
  /** Whether sound may travel by shared memory. */
  readonly isolated: boolean;
  /** Names of the devices that are there; those of inputs are empty before the browser has been asked for one. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The model that separates, or is to. */
  readonly model: string;
  /** Once it has begun. */
  readonly running: { readonly backend: string; readonly sampleRate: number } | undefined;
  readonly facts: Facts;
  readonly settings: MonitorSettings;
  /** Whether headphones were confirmed since the page was opened. */
  readonly headphones: boolean;
}

const named = (labels: readonly string[]): string =>
  labels.length === 0 ? "none" : labels.map((label) => label || "without a name").join(", ");

/** One fact in each line. */
export function heading(setup: Setup): string[] {
  const { version, browser, cores, isolated, inputs, outputs, model, running } = setup;
  const { facts, settings, headphones } = setup;
  const { mix = {}, master, lines, outs, autostart } = settings;
  const gains = Object.entries(mix).map(([stem, { gain, muted, soloed }]) =>
    [stem, gain, ...(muted ? ["muted"] : []), ...(soloed ? ["solo"] : [])].join(" "),
  );
  const yes = (on: boolean) => (on ? "yes" : "no");
  return [
    `Version: ${version}`,
    `Browser: ${browser}`,
    `Machine: ${cores} cores, ${isolated ? "isolated page" : "page not isolated"}`,
    `Model: ${model}${running ? `, ${running.backend}, ${running.sampleRate} Hz` : ", not loaded yet"}`,
    `Inputs: ${named(inputs)}`,
    `Outputs: ${named(outputs)}`,
    `Input: ${facts.input || settings.input?.label || "the system’s"}, ${facts.channels}`,
    `Output: ${facts.output}`,
    `Latency mode: ${facts.mode}`,
    `Gains in dB: ${[...gains, `master ${master}`].join(", ")}`,
    `Line inputs: ${named(lines)}`,
    `Headphones: ${yes(headphones)}; stems to outputs of their own: ${yes(outs)}; starts by itself: ${yes(autostart)}`,
  ];
}
