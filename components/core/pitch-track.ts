// Pitches as they were sung, by the song's time, and where they stand on a ribbon. Pure; any thread.
import type { Lyrics, Word } from "./lyrics/lyrics.ts";

export interface PitchPoint {
  /** Seconds of the song. */
  readonly time: number;
  /** MIDI note number with a fraction; NaN where nothing with a pitch is sung. */
  readonly note: number;
}

/** Points of a voice, the last so many seconds of them. */
export class PitchTrack {
  #points: PitchPoint[] = [];
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get points(): readonly PitchPoint[] {
    return this.#points;
  }

  /** What lies behind a point goes: the song went back. */
  add(time: number, note: number): void {
    const from = time - this.#seconds;
    this.#points = this.#points.filter((point) => point.time < time && point.time > from);
    this.#points.push({ time, note });
  }
}

/** Notes of the lyrics that have a pitch, in order. */
export const notesOf = (lyrics: Lyrics | null): readonly (Word & { readonly pitch: number })[] =>
  (lyrics?.lines ?? []).flatMap(({ words }) =>
    words.filter((word): word is Word & { pitch: number } => word.pitch !== undefined),
  );

/** A note moved by octaves to lie next to another: who sings an octave lower sings the same. */
export const nearestOctave = (note: number, other: number): number =>
  note + 12 * Math.round((other - note) / 12);

/** Fewest semitones that a ribbon shows. */
const LEAST = 14;
const MIDDLE = 62;

/** The lowest and highest note of a ribbon that shows all of some, with room; NaN among them do not count. */
export function rangeOf(notes: readonly number[]): readonly [low: number, high: number] {
  const all = notes.filter((note) => !Number.isNaN(note));
  const low = all.length > 0 ? Math.min(...all) : MIDDLE;
  const high = all.length > 0 ? Math.max(...all) : MIDDLE;
  const room = Math.max(2, (LEAST - (high - low)) / 2);
  return [low - room, high + room];
}
