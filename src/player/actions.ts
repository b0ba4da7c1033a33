// Whatever a user can do with a player, as plain objects: what a button, a key, a MIDI controller, a media
// key or a host dispatches. Pure data; any thread.
import type { StemFormat } from "../output/index.ts";
import type { Stem } from "../stems.ts";
import type { Loop } from "./loop.ts";
import type { Mix } from "./mix.ts";
import type { PlayerSettings, RecordingKind } from "./state.ts";

/** Where sound comes from. */
export type SourceRequest =
  /** A song; one that ends in ".stem.mp4" brings its own stems. */
  | { readonly kind: "url"; readonly url: string | URL }
  | { readonly kind: "file"; readonly file: Blob }
  /** A song's stems, each in a file that is named after it: "vocals.wav", "song_drums.mp3". */
  | {
      readonly kind: "stems";
      readonly files: readonly File[];
      /** Of the song; empty by default. */
      readonly name?: string | undefined;
    }
  /** An `<audio>` or `<video>` of the page, or what finds it at each play. */
  | { readonly kind: "element"; readonly element: HTMLMediaElement | (() => HTMLMediaElement) }
  | {
      readonly kind: "microphone";
      readonly deviceId?: string | undefined;
      /** Which of its channels are left and right, counted from 0; by default the first two. */
      readonly channels?: readonly [left: number, right: number] | undefined;
    }
  | { readonly kind: "tab" };

export interface SaveOptions {
  /** "stems" by default. "mix": what is heard now, with its gains, key and tempo. */
  readonly what?: "stems" | "mix" | undefined;
  /** All by default; a Stem file always has all. */
  readonly stems?: readonly Stem[] | undefined;
  /** Of a mix, for its file's name: `song_karaoke.mp3`. "mix" by default. */
  readonly label?: string | undefined;
  /** Of a mix: the loop where one is set, which is the default, or the whole song. */
  readonly range?: "loop" | "song" | undefined;
  /** "wav16" by default; a mix has no Stem file. */
  readonly format?: StemFormat | undefined;
  /** Of the song, for the files' names; by default the source's title. */
  readonly name?: string | undefined;
}

export type PlayerAction =
  // --- sources: "choose" names what the first play loads, "open" plays something else beside it.
  | { readonly do: "choose"; readonly source: SourceRequest | undefined }
  | { readonly do: "open"; readonly source: SourceRequest }
  /** Loads what is chosen, without playing it. */
  | { readonly do: "load" }
  | { readonly do: "close" }
  /** Tries again what failed or was interrupted. */
  | { readonly do: "retry" }
  /** Reports an error of the interface's own beside the player's, and takes one away once it was read. */
  | { readonly do: "report"; readonly error: Error }
  | { readonly do: "dismiss" }
  | { readonly do: "configure"; readonly settings: Partial<PlayerSettings> }
  /** Frees context, model and source; mix and settings stay, and the next play loads again. */
  | { readonly do: "unload" }
  // --- transport
  | { readonly do: "play" | "pause" | "play-pause" | "restart" }
  | { readonly do: "seek"; readonly position: number }
  | { readonly do: "seek-by"; readonly seconds: number }
  | { readonly do: "loop"; readonly loop: Loop }
  | {
      readonly do: "loop-point";
      readonly point: "a" | "b";
      /** Also between beats. */
      readonly exact?: boolean | undefined;
    }
  /** Sets A, then B, then clears both. Points go to the nearest beat where those are known, unless `exact`. */
  | { readonly do: "loop-cycle"; readonly exact?: boolean | undefined }
  | { readonly do: "loop-clear" }
  | { readonly do: "key"; readonly semitones: number }
  | { readonly do: "key-by"; readonly semitones: number }
  | { readonly do: "tempo"; readonly factor: number }
  | { readonly do: "tempo-by"; readonly factor: number }
  /** Clicks on the beats, and four before a song begins, where its beats are known; without `on` they toggle. */
  | { readonly do: "click" | "count-in"; readonly on?: boolean | undefined }
  // --- mix: without `on` they toggle
  | { readonly do: "gain"; readonly stem: Stem; readonly decibels: number }
  | { readonly do: "mute" | "solo"; readonly stem: Stem; readonly on?: boolean | undefined }
  | { readonly do: "mix"; readonly mix: Mix }
  | { readonly do: "master"; readonly decibels: number }
  | { readonly do: "bypass"; readonly on?: boolean | undefined }
  /** Lets a microphone be heard. */
  | { readonly do: "headphones" }
  | { readonly do: "output-device"; readonly deviceId: string }
  // --- files
  | {
      readonly do: "record";
      readonly on?: boolean | undefined;
      readonly what?: RecordingKind | undefined;
      readonly name?: string | undefined;
    }
  | ({ readonly do: "save" } & SaveOptions)
  | { readonly do: "save-cancel" };

/** What an action gives: files of the recording that it ended, or of a save; nothing otherwise. */
export type ActionResult<A extends PlayerAction> = A extends { readonly do: "record" }
  ? readonly File[]
  : A extends { readonly do: "save" }
    ? File | undefined
    : void;
