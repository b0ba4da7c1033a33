// Names that cross element boundaries, said once: tags, events and their details. Any thread.
import type { Stem } from "../src/index.ts";
import type { Loop, Mix, PlayerStatus } from "../src/player/index.ts";
import type { Lyrics } from "./core/lyrics/lyrics.ts";

/**
 * What a control asks for. Requests bubble and cross shadow boundaries; whoever owns the state
 * answers by setting properties. `preventDefault()` keeps a control used alone from moving itself.
 */
export const Requests = {
  gain: "stem-gain-request",
  mute: "stem-mute-request",
  solo: "stem-solo-request",
  seek: "stem-seek-request",
  loop: "stem-loop-request",
  files: "stem-files-request",
} as const;

export interface RequestDetails {
  /** `stem` is undefined for a knob that belongs to none, such as the master's. */
  "stem-gain-request": { readonly stem: Stem | undefined; readonly gain: number };
  "stem-mute-request": { readonly stem: Stem; readonly muted: boolean };
  "stem-solo-request": { readonly stem: Stem; readonly soloed: boolean };
  "stem-seek-request": { readonly position: number };
  "stem-loop-request": { readonly loop: Loop };
  /** A mixer's own, before it plays the first song among files that were dropped on it. */
  "stem-files-request": { readonly files: readonly File[] };
}

/** What `<stem-mixer>` says has happened. These do not bubble, as media events do not. */
export const Events = {
  state: "stem-state-change",
  mix: "stem-mix-change",
  transport: "stem-transport-change",
  latency: "stem-latency-change",
  recording: "stem-recording",
  quality: "stem-quality-change",
  saved: "stem-saved",
  error: "stem-error",
  /** Of `<stem-lyrics>`. */
  lyrics: "stem-lyrics-change",
  /** Of `<stem-singer>`. */
  take: "stem-take",
} as const;

/**
 * idle: nothing to play. waiting: a source is named, and loads at the first play. loading, ready:
 * as they say. lost: the device went away. error: something else failed; both can be tried again.
 */
export type MixerState = PlayerStatus;

export interface EventDetails {
  "stem-state-change": { readonly state: MixerState };
  "stem-mix-change": { readonly mix: Mix; readonly master: number; readonly bypass: boolean };
  "stem-transport-change": {
    readonly paused: boolean;
    readonly loop: Loop;
    readonly key: number;
    readonly tempo: number;
  };
  "stem-latency-change": { readonly latency: number };
  "stem-recording": { readonly files: readonly File[] };
  /**
   * `heard`: what sounds now. `ready`: share of the song, 0 to 1, that is there in studio quality.
   * `kept`: whether it is there at the next visit, too.
   */
  "stem-quality-change": {
    readonly heard: "live" | "studio";
    readonly ready: number;
    readonly kept: boolean;
  };
  "stem-saved": { readonly file: File };
  "stem-error": { readonly error: Error };
  "stem-lyrics-change": { readonly lyrics: Lyrics | null };
  /** Undefined when it was discarded. */
  "stem-take": { readonly file: File | undefined };
}

type Told<K extends keyof (RequestDetails & EventDetails)> = CustomEvent<
  (RequestDetails & EventDetails)[K]
>;

declare global {
  interface HTMLElementEventMap {
    "stem-gain-request": Told<"stem-gain-request">;
    "stem-mute-request": Told<"stem-mute-request">;
    "stem-solo-request": Told<"stem-solo-request">;
    "stem-seek-request": Told<"stem-seek-request">;
    "stem-loop-request": Told<"stem-loop-request">;
    "stem-files-request": Told<"stem-files-request">;
    "stem-state-change": Told<"stem-state-change">;
    "stem-mix-change": Told<"stem-mix-change">;
    "stem-transport-change": Told<"stem-transport-change">;
    "stem-latency-change": Told<"stem-latency-change">;
    "stem-recording": Told<"stem-recording">;
    "stem-quality-change": Told<"stem-quality-change">;
    "stem-saved": Told<"stem-saved">;
    "stem-error": Told<"stem-error">;
    "stem-lyrics-change": Told<"stem-lyrics-change">;
    "stem-take": Told<"stem-take">;
  }
}

/** Sends a request from an element; false where someone prevented the default. */
export function request<K extends keyof RequestDetails>(
  from: EventTarget,
  type: K,
  detail: RequestDetails[K],
): boolean {
  const init = { detail, bubbles: true, composed: true, cancelable: true };
  return from.dispatchEvent(new CustomEvent(type, init));
}

/** Where the map of MIDI controllers is kept in localStorage. */
export const MIDI_STORAGE_KEY = "danna-sep.midi";

/** In localStorage: the address of the model of the user's own that computes better stems. */
export const OWN_MODEL_STORAGE_KEY = "danna-sep-own-model";
