// The state of a mix, and the rules of mute and solo. Pure; any thread, any runtime.
import { DEFAULT_STEMS, type Stem } from "../stems.ts";
import { toControlDecibels, toGain } from "./decibels.ts";

/** One stem's controls. `gain` is in dB, as `toControlDecibels` gives it. */
export interface Channel {
  readonly gain: number;
  readonly muted: boolean;
  readonly soloed: boolean;
}

/** The controls of all stems. Values are never changed in place: every change makes a new mix. */
export type Mix = Readonly<Record<Stem, Channel>>;

export const NEUTRAL_CHANNEL: Channel = Object.freeze({ gain: 0, muted: false, soloed: false });

/** Most stems of a mix that is read from text. */
const MOST_STEMS = 32;

/** A mix of `NEUTRAL_CHANNEL`s for `stems`, but for what `channels` says. */
export function createMix(
  channels: Readonly<Partial<Record<Stem, Partial<Channel>>>> = {},
  stems: readonly Stem[] = DEFAULT_STEMS,
): Mix {
  return Object.fromEntries(stems.map((stem) => [stem, { ...NEUTRAL_CHANNEL, ...channels[stem] }]));
}

/** The controls of a stem; of one that the mix does not know, neutral ones. */
export const channelOf = (mix: Mix, stem: Stem): Channel => mix[stem] ?? NEUTRAL_CHANNEL;

/** `mix` with `change` applied to one stem; the very same object where nothing changes. */
export function changeChannel(mix: Mix, stem: Stem, change: Partial<Channel>): Mix {
  const before = channelOf(mix, stem);
  const next = { ...before, ...change };
  next.gain = toControlDecibels(next.gain);
  return sameChannel(next, before) ? mix : { ...mix, [stem]: next };
}

/**
 * Whether a stem is heard: never while muted; while any stem is soloed, only soloed ones. So mute
 * wins over solo on one stem, and a muted, soloed stem still silences the ones not soloed.
 */
export function isAudible(mix: Mix, stem: Stem): boolean {
  const { muted, soloed } = channelOf(mix, stem);
  return !muted && (soloed || Object.values(mix).every((each) => !each.soloed));
}

/** Linear gain at which a stem is heard: its control's gain, or exactly 0 where not audible. */
export function effectiveGain(mix: Mix, stem: Stem): number {
  return isAudible(mix, stem) ? toGain(channelOf(mix, stem).gain) : 0;
}

/** Linear gains at which the stems are heard. */
export const effectiveGains = (mix: Mix, stems: readonly Stem[]): Readonly<Record<Stem, number>> =>
  Object.fromEntries(stems.map((stem) => [stem, effectiveGain(mix, stem)]));

export function sameMix(a: Mix, b: Mix): boolean {
  const stems = [...Object.keys(a), ...Object.keys(b)];
  return stems.every((stem) => sameChannel(channelOf(a, stem), channelOf(b, stem)));
}

function sameChannel(a: Channel, b: Channel): boolean {
  return a.gain === b.gain && a.muted === b.muted && a.soloed === b.soloed;
}

/** A mix read from untrusted JSON; undefined where it is none. */
export function parseMix(value: unknown): Mix | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length === 0 || entries.length > MOST_STEMS) return undefined;
  const channels: [Stem, Channel][] = [];
  for (const [stem, channel] of entries) {
    if (!/^[a-z][a-z0-9-]*$/.test(stem)) return undefined;
    if (typeof channel !== "object" || channel === null) return undefined;
    const { gain, muted, soloed } = channel as Record<string, unknown>;
    if (typeof gain !== "number" || typeof muted !== "boolean" || typeof soloed !== "boolean") {
      return undefined;
    }
    channels.push([stem, { gain: toControlDecibels(gain), muted, soloed }]);
  }
  return Object.fromEntries(channels);
}
