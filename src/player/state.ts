// What is known of a player: one immutable snapshot, and how it begins. Pure data; any thread.
import type {
  Backend,
  Interruption,
  LatencyMode,
  SeparatorStats,
  StemSeparator,
} from "../index.ts";
import type { SongAnalysis } from "../analysis/song-analysis.ts";
import { DEFAULT_STEMS, type Stem } from "../stems.ts";
import type { Span } from "./ahead/regions.ts";
import { NO_LOOP, type Loop } from "./loop.ts";
import { createMix, type Mix } from "./mix.ts";

/**
 * idle: nothing to play. waiting: a source is named, and loads at the first play. loading, ready:
 * as they say. lost: the device went away. error: something else failed; both can be tried again.
 */
export type PlayerStatus = "idle" | "waiting" | "loading" | "ready" | "lost" | "error";

export type SourceKind = "file" | "element" | "microphone" | "tab";

/**
 * "live": as the separator gives them. "studio": by a better model, as soon as that has got there.
 * "auto": that, where the device and its connection allow it.
 */
export type StemQuality = "auto" | "live" | "studio";

/** What a player is made with, and what "configure" changes while it plays. */
export interface PlayerSettings {
  /** A context of the host's, which the player neither suspends nor closes; taken at the next load. */
  readonly context: AudioContext | undefined;
  /** Where the mix goes, by default the context's destination; taken at the next load. */
  readonly destination: AudioNode | undefined;
  /**
   * The model for live separation: "live", "karaoke", or the URL of a manifest. By default "karaoke" for
   * songs, media elements and tabs in the latency mode "safe", "live" for everything else.
   */
  readonly model: string | URL | undefined;
  /** Folder of the built files; by default this script's. */
  readonly baseUrl: string | URL | undefined;
  readonly latencyMode: LatencyMode;
  readonly backend: Backend | "auto";
  /** Whether a song's stems get better while it plays. */
  readonly quality: StemQuality;
  /** What they are computed with: a model's name, or its manifest's URL. */
  readonly studioModel: string | undefined;
  /** Whether a microphone stays silent until headphones are confirmed. */
  readonly feedbackGuard: boolean;
}

export const DEFAULT_SETTINGS: PlayerSettings = {
  context: undefined,
  destination: undefined,
  model: undefined,
  baseUrl: undefined,
  latencyMode: "balanced",
  backend: "auto",
  quality: "auto",
  studioModel: undefined,
  feedbackGuard: true,
};

/** Bytes so far and in all (0 where unknown). */
export interface Progress {
  readonly loaded: number;
  readonly total: number;
}

export const NOTHING: Progress = { loaded: 0, total: 0 };

/**
 * What keeps a media element's stems from getting better: its file cannot be read, or not be decoded, or it is longer than
 * an hour, without an end, or larger than 256 MiB.
 */
export type StaysLive = "unreadable" | "undecodable" | "long";

/** What plays, or is to play. */
export interface SourceInfo {
  readonly kind: SourceKind;
  /** Title, file name or device; may be empty. */
  readonly title: string;
  /** Of a song that was asked for by its address: that, as it was given; else empty. */
  readonly address: string;
  /** By a song's tags; may be empty. */
  readonly artist: string;
  /** The picture in a song's tags: JPEG, PNG, WebP or GIF. */
  readonly cover: Blob | undefined;
  /** Whether it is open: before that it waits or loads. */
  readonly isOpen: boolean;
  /** Whether it is a microphone or a share: no position, no tempo. */
  readonly isLive: boolean;
  /** Opened beside what was chosen; "close" leads back to that. */
  readonly isGuest: boolean;
  /** Whether its name is its own: a file's or a device's, not that of an address. */
  readonly isNamed: boolean;
  /** Whether a live input has come to its end. */
  readonly hasEnded: boolean;
  /** The page's media element, once it is open. */
  readonly media: HTMLMediaElement | undefined;
  /** Of a microphone, once it is open. */
  readonly deviceId: string | undefined;
  /** Of a live input, once it is open, in Hz. */
  readonly sampleRate: number | undefined;
  /** Whether it is a song that brings its own stems, so that nothing is separated. */
  readonly ownStems: boolean;
  /**
   * Loudness of a song, or of a media element whose file can be read, in equal stretches of time, 0 to 1; null for
   * anything else.
   */
  readonly outline: Float32Array | null;
  /**
   * The same in columns of at most 12 ms, a power of two for each of those, a moment later; scaled as
   * `outline`, so that single ones may be over 1.
   */
  readonly detail: Float32Array | undefined;
  /** Why a media element's stems do not get better. */
  readonly staysLive: StaysLive | undefined;
}

/** The nodes of a player, to measure, record and connect; they are the context's. */
export interface PlayerNodes {
  readonly context: AudioContext;
  /** Undefined while a song plays that brings its own stems. */
  readonly separator: StemSeparator | undefined;
  /** What is heard. */
  readonly output: AudioNode;
  /** Each stem as it is heard, before its gain. */
  readonly stems: Readonly<Record<Stem, AudioNode>>;
}

/** A song's stems by a better model, or those of a media element's file. */
export interface BetterStems {
  /** Whether what sounds now is theirs. */
  readonly heard: boolean;
  /** Share of the song that is ready, 0 to 1. */
  readonly ready: number;
  /** Stretches that are ready, as shares of the song. */
  readonly spans: readonly Span[];
  /** RMS amplitude of each stem in each of the song's `OUTLINE_COLUMNS`, column by column; −1 where it is not known. */
  readonly levels: Float32Array;
  /** The same in columns of at most 12 ms, a power of two for each of those. One array, which is filled. */
  readonly detail: Float32Array;
  /** Whether what is ready is there at the next visit. */
  readonly kept: boolean;
}

export const RECORDINGS = ["mix", "stems", "all"] as const;
/** The mix, the stems before their gains, or both in one ZIP. */
export type RecordingKind = (typeof RECORDINGS)[number];

/** How far a save is. */
export interface SaveProgress {
  /** 0 to 1. */
  readonly done: number;
  /** Seconds left, from the speed so far; undefined before that is known. */
  readonly remaining: number | undefined;
}

/** Where the song was at a time of the page's clock, and how fast it goes on from there. */
export interface Clock {
  /** Seconds of the song. */
  readonly position: number;
  /** `performance.now()`, in milliseconds. */
  readonly time: number;
  /** Seconds of the song in a second; 0 while it is paused. */
  readonly rate: number;
}

/** Everything that is known of a player. A change makes a new one; what has not changed is the same object. */
export interface PlayerState {
  readonly status: PlayerStatus;
  readonly settings: PlayerSettings;
  readonly source: SourceInfo | undefined;
  /** What loads while something else is open, which goes on until that is there. */
  readonly coming: SourceInfo | undefined;
  /** As the user wants it: false from "play" on, while the source still loads. */
  readonly paused: boolean;
  /** Whether sound runs: neither paused, nor loading, interrupted or ended. */
  readonly running: boolean;
  readonly clock: Clock;
  /** Seconds; 0 while unknown, and for live inputs and endless streams. */
  readonly duration: number;
  readonly loop: Loop;
  /** Key shift in semitones. */
  readonly key: number;
  /** Tempo as a factor. */
  readonly tempo: number;
  /** Whether clicks are heard on the beats, and before a song begins. */
  readonly click: boolean;
  readonly countIn: boolean;
  /** Names of the stems, in the order in which they are shown. */
  readonly stems: readonly Stem[];
  readonly mix: Mix;
  /** Gain of the mix in dB, -60 (silent) to 12. */
  readonly master: number;
  readonly bypass: boolean;
  /** A microphone that is silent until headphones are confirmed. */
  readonly guarded: boolean;
  /** Whether the limiter works. */
  readonly limiting: boolean;
  /** Seconds by which what is heard comes later than the source gives it. */
  readonly latency: number;
  /** Figures of the separator, renewed once a second; undefined before sound has flowed. */
  readonly stats: SeparatorStats | undefined;
  /** `performance.now()` of the last late hop. */
  readonly lateAt: number;
  /** Whether a busy machine makes the separator later than its latency mode asks for. */
  readonly adapted: boolean;
  readonly progress: { readonly model: Progress; readonly song: Progress };
  /** Undefined where the song's stems are not made better. */
  readonly better: BetterStems | undefined;
  /** Tempo, beats and key of a song; undefined before they were looked for, and for anything else. */
  readonly analysis: SongAnalysis | undefined;
  /** What is being recorded. */
  readonly recording: RecordingKind | undefined;
  /** Files of the last recording. */
  readonly recorded: readonly File[];
  readonly saving: SaveProgress | undefined;
  /** File of the last save. */
  readonly saved: File | undefined;
  /** What keeps sound from flowing. */
  readonly interruption: Interruption | undefined;
  /** Where the mix is heard; "" is the system's choice. */
  readonly outputDevice: string;
  /** What failed last, until it is dismissed or something else is tried. */
  readonly error: Error | undefined;
  /** Undefined before the first load. */
  readonly nodes: PlayerNodes | undefined;
}

export const initialState = (settings: PlayerSettings): PlayerState => ({
  status: "idle",
  settings,
  source: undefined,
  coming: undefined,
  paused: true,
  running: false,
  clock: { position: 0, time: 0, rate: 0 },
  duration: 0,
  loop: NO_LOOP,
  key: 0,
  tempo: 1,
  click: false,
  countIn: false,
  stems: DEFAULT_STEMS,
  mix: createMix(),
  master: 0,
  bypass: false,
  guarded: false,
  limiting: false,
  latency: 0,
  stats: undefined,
  lateAt: -Infinity,
  adapted: false,
  progress: { model: NOTHING, song: NOTHING },
  better: undefined,
  analysis: undefined,
  recording: undefined,
  recorded: [],
  saving: undefined,
  saved: undefined,
  interruption: undefined,
  outputDevice: "",
  error: undefined,
  nodes: undefined,
});
