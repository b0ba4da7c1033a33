// The state of a mix, and the rules of mute and solo. Pure; any thread, any runtime.
import { STEMS, type Stem } from "../stems.ts";
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

/** A mix of `NEUTRAL_CHANNEL`s but for what `channels` says. */
export function createMix(channels: Partial<Record<Stem, Partial<Channel>>> = {}): Mix {
  return Object.fromEntries(
    STEMS.map((stem) => [stem, { ...NEUTRAL_CHANNEL, ...channels[stem] }]),
  ) as unknown as Mix;
}

/** `mix` with `change` applied to one stem; the very same object where nothing changes. */
export function changeChannel(mix: Mix, stem: Stem, change: Partial<Channel>): Mix {
  const next = { ...mix[stem], ...change };
  next.gain = toControlDecibels(next.gain);
  return sameChannel(next, mix[stem]) ? mix : { ...mix, [stem]: next };
}

/**
 * Whether a stem is heard: never while muted; while any stem is soloed, only soloed ones. So mute
 * wins over solo on one stem, and a muted, soloed stem still silences the ones not soloed.
 */
export function isAudible(mix: Mix, stem: Stem): boolean {
  return !mix[stem].muted && (mix[stem].soloed || STEMS.every((each) => !mix[each].soloed));
}

/** Linear gain at which a stem is heard: its control's gain, or exactly 0 where not audible. */
export function effectiveGain(mix: Mix, stem: Stem): number {
  return isAudible(mix, stem) ? toGain(mix[stem].gain) : 0;
}

export function sameMix(a: Mix, b: Mix): boolean {
  return STEMS.every((stem) => sameChannel(a[stem], b[stem]));
}

function sameChannel(a: Channel, b: Channel): boolean {
  return a.gain === b.gain && a.muted === b.muted && a.soloed === b.soloed;
}

/** A mix read from untrusted JSON; undefined where it is none. */
export function parseMix(value: unknown): Mix | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const channels: Partial<Record<Stem, Channel>> = {};
  for (const stem of STEMS) {
    const channel = (value as Record<string, unknown>)[stem];
    if (typeof channel !== "object" || channel === null) return undefined;
    const { gain, muted, soloed } = channel as Record<string, unknown>;
    if (typeof gain !== "number" || typeof muted !== "boolean" || typeof soloed !== "boolean") {
      return undefined;
    }
    channels[stem] = { gain: toControlDecibels(gain), muted, soloed };
  }
  return createMix(channels);
}
