// Finds where a media element's sound is in its file, to the sample, whenever that is not known: the element's own
// clock says it only roughly. Page thread.
import { locate, type Place } from "../../dsp/locate.ts";
import { Scope } from "../../util/scope.ts";
import type { Captured } from "../protocol.ts";
import { samplesOf, type Song } from "../song.ts";
import type { ElementFollowerNode } from "./follower-node.ts";

/** Seconds by which what is heard may lie before and behind what the element's clock says. */
const [BEFORE, BEHIND] = [0.6, 0.3];
/** Milliseconds until the next try after one that has failed: twice as long each time, up to a limit. */
const [FIRST_REST, LONGEST_REST] = [100, 6400];

/**
 * Part of the energy that may differ where the place is believed at once. Where more does, as of sound that was resampled or
 * that began while it was captured, the next capture must have the same place.
 */
const EXACT = 1e-3;

/** After any of these the element's sound may be its file's, at another place. */
const CHANGES = ["play", "playing", "pause", "seeking", "seeked", "ratechange", "volumechange"];

export interface AlignerOptions {
  readonly media: HTMLMediaElement;
  readonly song: Song;
  readonly node: ElementFollowerNode;
  /** Whether what is separated is the element's sound as it is: at its own key. */
  readonly isUntouched: () => boolean;
  /** Told whether the sound is known to be the file's. */
  readonly onChange: (aligned: boolean) => void;
}

export class Aligner {
  readonly #options: AlignerOptions;
  readonly #scope = new Scope();
  #aligned = false;
  #capturing = false;
  /** Where the last capture lies, which differed. */
  #doubtful: number | undefined;
  /** Tries that have failed since something has changed. */
  #failures = 0;
  #disposed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AlignerOptions) {
    this.#options = options;
    const { media, node } = options;
    node.oncaptured = (samples, from) => void this.#take(samples, from);
    node.onaligned = (aligned) => this.#settle(aligned);
    const change = () => {
      this.#failures = 0;
      this.#doubtful = undefined;
      this.follow();
    };
    for (const type of CHANGES) this.#scope.listen(media, type, change);
    this.follow();
  }

  /** What the element plays, or how, may have changed. */
  follow(): void {
    clearTimeout(this.#timer);
    if (!this.#mayBeAligned) {
      this.#options.node.part();
      return this.#set(false);
    }
    if (this.#aligned || this.#capturing) return;
    this.#capturing = true;
    this.#options.node.capture();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#scope.end();
    this.#set(false);
  }

  /** At another speed the browser stretches what it plays, and nothing is like the file. */
  get #mayBeAligned(): boolean {
    const { media, isUntouched } = this.#options;
    const { paused, seeking, ended, playbackRate, muted, volume } = media;
    const sounds = !paused && !seeking && !ended && !muted && volume > 0;
    return sounds && playbackRate === 1 && isUntouched();
  }

  #set(aligned: boolean): void {
    if (aligned === this.#aligned) return;
    this.#aligned = aligned;
    this.#options.onChange(aligned);
  }

  async #take(samples: Captured, from: number): Promise<void> {
    const place = await this.#find(samples).catch(() => undefined);
    this.#capturing = false;
    if (!this.#mayBeAligned || this.#disposed) return;
    if (!place) return this.#retry();
    const { at, left, gain } = place;
    const offset = from - at;
    const isSure = left <= EXACT || offset === this.#doubtful;
    this.#doubtful = isSure ? undefined : offset;
    if (isSure) this.#options.node.align(offset, gain, at);
    else this.follow();
  }

  /** Where in the song something lies that was heard just now. */
  async #find(samples: Captured): Promise<Place | undefined> {
    const { media, song } = this.#options;
    const rate = song.sampleRate;
    const { length } = samples[0];
    const begin = Math.round(media.currentTime * rate) - length;
    const from = Math.max(0, begin - Math.round(BEFORE * rate));
    const to = Math.min(song.length, begin + length + Math.round(BEHIND * rate));
    if (to - from < length) return undefined;
    const found = locate(samples, await samplesOf(song, from, to));
    return found && { ...found, at: from + found.at };
  }

  #settle(aligned: boolean): void {
    const before = this.#aligned;
    this.#set(aligned);
    if (aligned) this.#failures = 0;
    else if (before) this.follow();
    else this.#retry();
  }

  #retry(): void {
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** this.#failures++);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.follow(), rest);
  }
}
