// What a monitor remembers from one visit to the next, and finds devices by. Pure; any thread.
import { LATENCY_MODES, type LatencyMode } from "../../../src/index.ts";
import { parseMix, type Mix } from "../../../src/player/index.ts";

/** A device by its id, which a browser may change, and by its name. */
export interface KnownDevice {
  readonly deviceId: string;
  readonly label: string;
}

export interface MonitorSettings {
  readonly input?: KnownDevice;
  readonly output?: KnownDevice;
  /** Of the input's channels, left and right, from 0. */
  readonly channels: readonly [number, number];
  readonly mode: LatencyMode;
  readonly mix?: Mix;
  /** Gain of the mix in dB. */
  readonly master: number;
  /** Names of inputs that were said to be line inputs: nothing near them can howl. */
  readonly lines: readonly string[];
  /** Whether listening starts with the page. */
  readonly autostart: boolean;
  /** Whether stems go to output channels of their own. */
  readonly outs: boolean;
}

export const SETTINGS_KEY = "danna-sep.monitor";

export const NO_SETTINGS: MonitorSettings = {
  channels: [0, 1],
  mode: "monitor",
  master: 0,
  lines: [],
  autostart: false,
  outs: false,
};

/** Those of untrusted text that can be used; the others as at first. */
export function parseSettings(text: string | null): MonitorSettings {
  let value: Record<string, unknown>;
  try {
    value = (JSON.parse(text ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    return NO_SETTINGS;
  }
  const { channels, mode, master, lines, autostart, outs } = value;
  const input = parseDevice(value.input);
  const output = parseDevice(value.output);
  const mix = parseMix(value.mix);
  const isChannel = (channel: unknown) => Number.isInteger(channel) && (channel as number) >= 0;
  const isPair = Array.isArray(channels) && channels.length === 2 && channels.every(isChannel);
  return {
    ...(input && { input }),
    ...(output && { output }),
    ...(mix && { mix }),
    channels: isPair ? (channels as [number, number]) : NO_SETTINGS.channels,
    mode: LATENCY_MODES.find((known) => known === mode) ?? NO_SETTINGS.mode,
    master: typeof master === "number" && master >= -60 && master <= 12 ? master : 0,
    lines: Array.isArray(lines) ? lines.filter((name) => typeof name === "string") : [],
    autostart: autostart === true,
    outs: outs === true,
  };
}

function parseDevice(value: unknown): KnownDevice | undefined {
  const { deviceId, label } = (value ?? {}) as Record<string, unknown>;
  if (typeof deviceId !== "string" || typeof label !== "string") return undefined;
  return { deviceId, label };
}

/** The device that was known, by its id or else by its name; undefined where it is not there. */
export function findDevice<T extends KnownDevice>(
  known: KnownDevice | undefined,
  devices: readonly T[],
): T | undefined {
  if (!known) return undefined;
  const same = devices.find(({ deviceId }) => deviceId !== "" && deviceId === known.deviceId);
  return same ?? devices.find(({ label }) => label !== "" && label === known.label);
}

export interface ChannelChoice {
  readonly label: string;
  readonly channels: readonly [number, number];
}

/** Pairs and single channels of an input that has `count`. */
export function channelChoices(count: number): ChannelChoice[] {
  const pairs: ChannelChoice[] = [];
  for (let left = 0; left + 1 < count; left += 2) {
    pairs.push({ label: `${left + 1} + ${left + 2}`, channels: [left, left + 1] });
  }
  const singles = Array.from({ length: count }, (_, channel): ChannelChoice => ({
    label: `${channel + 1}`,
    channels: [channel, channel],
  }));
  return [...pairs, ...singles];
}
