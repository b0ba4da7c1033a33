// What the mixer's templates are made from: the player's snapshot, what is only the face's, and how to ask
// for a change. Page thread.
import type { ReactiveControllerHost } from "lit";
import { NO_LOOP, type Player, type PlayerState } from "../../src/player/index.ts";
import type { Action } from "../core/shortcuts.ts";
import type { SongFacts } from "../core/song-facts.ts";
import type { Texts } from "../core/texts.ts";

export type Panel = "record" | "save" | "midi" | "shortcuts" | "details" | "mixes" | "more";

/** Waveforms beside or below the stems' controls, or what fits into a low slot. */
export type Layout = "full" | "narrow" | "compact";

export type Picture = "spectrogram" | "waveform" | "off";

/** An action of the player's, or a change of the face. */
export type MixerAction =
  | Action
  | { readonly do: "panel"; readonly panel: Panel }
  /** Files were chosen: a song, or its stems. */
  | { readonly do: "take"; readonly files: readonly File[] }
  /** Opens a compact mixer over the page, or makes it small again. */
  | { readonly do: "expand" }
  /** Shows the spectrogram, or hides the picture. */
  | { readonly do: "picture" };

/** The mixer as its controllers know it. */
export interface MixerHost extends ReactiveControllerHost {
  readonly player: Player;
  dispatch(action: MixerAction): void;
  /** Shows an error and reports it to the host. */
  fail(error: Error): void;
}

export interface MixerView {
  readonly state: PlayerState;
  readonly texts: Texts;
  readonly lang: string;
  /** What plays; may be empty. */
  readonly name: string;
  /** Key and tempo, once they are known. */
  readonly facts: SongFacts | undefined;
  readonly layout: Layout;
  /** Whether a compact mixer is open over the page. */
  readonly expanded: boolean;
  /** Regions that a host has put something of its own into. */
  readonly slots: { readonly [name in "strips" | "tools" | "transport"]: boolean };
  readonly picture: Picture;
  readonly dropping: boolean;
  readonly openPanel: Panel | undefined;
  /** Whether a video's picture waits for the sound. */
  readonly delaysPicture: boolean;
  /** Position in seconds, asked every frame. */
  readonly clock: () => number;
  dispatch(action: MixerAction): void;
}

/** What a mixer shows: of a song that loads while another is open its name, and nothing of the other. */
export function shownState(state: PlayerState): PlayerState {
  const { coming: source } = state;
  if (!source) return state;
  const unknown = { running: false, duration: 0, loop: NO_LOOP };
  return { ...state, ...unknown, source, better: undefined, analysis: undefined };
}

/** Whether a microphone plays, or is to play. */
export const isMicrophone = ({ source }: PlayerState): boolean => source?.kind === "microphone";

/** A live input is open. */
export const isListening = ({ source }: PlayerState): boolean =>
  source !== undefined && source.isLive && source.isOpen && !source.hasEnded;

/** Whether a song sounds or is about to, so that the next press pauses it. */
export const isPlaying = ({ paused, interruption }: PlayerState): boolean =>
  !paused && interruption?.reason !== "suspended";

/** The name of what plays; `title` is the page's, for the song that it names. May be empty. */
export function songName({ source }: PlayerState, title: string, texts: Texts): string {
  const name = (source?.isNamed ? "" : title) || source?.title;
  if (name) return name;
  if (source?.kind === "tab") return texts.tab;
  return source?.kind === "microphone" ? texts.microphone : "";
}
