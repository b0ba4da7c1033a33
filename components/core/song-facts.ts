// What is known of a song's key and tempo, as it is written and spoken beside their shifts. Pure; any thread;
// loaded with the first song.
import type { PlayerState, SongAnalysis } from "../../src/player/index.ts";
import { fill, type Texts } from "./texts.ts";
import "./texts-more.ts";

/** Of one of them: as it is, and as it becomes. */
export interface Fact {
  /** "Am → Gm", "128 → 109". */
  readonly text: string;
  /** "A minor, shifted to G minor". */
  readonly spoken: string;
}

export interface SongFacts {
  readonly key: Fact | undefined;
  readonly tempo: Fact | undefined;
}

type Known = NonNullable<SongAnalysis["key"]>;

export function songFacts(
  { analysis, key: semitones, tempo: factor }: Pick<PlayerState, "analysis" | "key" | "tempo">,
  texts: Texts,
): SongFacts {
  const { key, tempo } = analysis ?? {};
  const beats = (rate: number) => String(Math.round(tempo!.bpm * rate));
  return {
    key:
      key &&
      factOf(texts, semitones !== 0, {
        is: texts.keyIs,
        short: [keyName(texts.keyNames, key, 0), keyName(texts.keyNames, key, semitones)],
        long: [keyName(texts.keyWords, key, 0), keyName(texts.keyWords, key, semitones)],
      }),
    tempo:
      tempo &&
      factOf(texts, factor !== 1, {
        is: texts.tempoIs,
        short: [beats(1), beats(factor)],
        long: [beats(1), beats(factor)].map((value) => fill(texts.tempoWords, { value })),
      }),
  };
}

function factOf(
  texts: Texts,
  shifted: boolean,
  { is, short, long }: { is: string; short: readonly string[]; long: readonly string[] },
): Fact {
  const [value, to] = short;
  return shifted
    ? {
        text: `${value} → ${to}`,
        spoken: fill(texts.shiftedTo, { value: long[0], to: long[1] }),
      }
    : { text: fill(is, { value }), spoken: long[0] };
}

/** @param names of the twelve major keys from C on, then of the minor ones, with commas between them */
function keyName(names: string, { tonic, mode }: Known, semitones: number): string {
  const at = (tonic + semitones + 12) % 12;
  return names.split(", ")[mode === "major" ? at : 12 + at];
}
