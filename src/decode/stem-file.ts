// The tracks of a Stem file (`.stem.mp4`): Native Instruments', MUSDB18's, this package's own. Any thread.
import { STEM_TRACKS, type Stem } from "../stems.ts";
import type { AudioFile } from "./audio-file.ts";
import { mp4Notes } from "./mp4-boxes.ts";
import { distinctStems } from "./stem-names.ts";

export interface StemTrack {
  /** Of the track. */
  readonly id: number;
  readonly stem: Stem;
}

/** Fewest tracks: the mixture, and two stems. */
const FEWEST = 3;
/** Most stems, and characters of a name. */
const [MOST, LONGEST] = [15, 60];

/**
 * The stems' tracks, in the file's order; undefined where it has none. The first track is the mixture. Their names are
 * in the file; where they are not, four are MUSDB18's.
 */
export async function stemTracks(file: AudioFile): Promise<StemTrack[] | undefined> {
  const notes = await mp4Notes(file);
  if (!notes) return undefined;
  const sounds = [...notes.tracks].filter(([, { handler }]) => handler === "soun");
  if (sounds.length < FEWEST || sounds.length > 1 + MOST) return undefined;
  const ids = sounds.slice(1).map(([id]) => id);
  const stems = distinctStems(namesIn(notes.stems, ids.length));
  return ids.map((id, i) => ({ id, stem: stems[i] }));
}

/** `count` names. A file is untrusted, and so is what it says. */
function namesIn(text: string | undefined, count: number): readonly string[] {
  const plain = Array.from({ length: count }, (_, i) => `Stem ${i + 1}`);
  let named: unknown[] = [];
  try {
    const { stems } = JSON.parse(text ?? "") as { stems?: unknown };
    if (Array.isArray(stems)) named = stems.map((stem: { name?: unknown } | null) => stem?.name);
  } catch {
    // No names, or none that can be read.
  }
  if (named.length === count && named.every((name) => typeof name === "string")) {
    return named.map((name) => name.slice(0, LONGEST));
  }
  return count === STEM_TRACKS.length ? STEM_TRACKS : plain;
}
