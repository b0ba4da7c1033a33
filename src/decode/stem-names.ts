// Which stem a file or a track holds, by what people call it. Pure; any thread.
import { DannaError } from "../errors.ts";
import type { Stem } from "../stems.ts";

/** What people call stems; those that are not here keep their names, where something else tells that they are stems. */
const NAMES: Readonly<Record<Stem, readonly string[]>> = {
  vocals: ["vocals", "vocal", "vox", "voice", "acapella", "acappella", "a cappella"],
  drums: ["drums", "drum", "drum kit", "drumkit"],
  bass: ["bass", "bass guitar"],
  other: ["other", "others"],
  guitar: ["guitar", "guitars"],
  piano: ["piano"],
  keys: ["keys", "keyboard", "keyboards"],
  synth: ["synth", "synths", "synthesizer"],
  strings: ["strings"],
  brass: ["brass"],
  percussion: ["percussion"],
  melody: ["melody"],
};
/** All but the voice: a stem beside the voice alone, a mix beside more. */
const ACCOMPANIMENT = ["accompaniment", "instrumental", "karaoke", "no vocals", "backing track"];
/** Mixes of all stems. */
const MIXES = ["mix", "mixture", "mixdown", "full mix", "master", "original"];

const STEM_OF = new Map(
  Object.entries(NAMES).flatMap(([stem, names]) => names.map((name) => [name, stem] as const)),
);
const LONGEST_FIRST = [...STEM_OF.keys()].sort((a, b) => b.length - a.length);
const SEPARATOR = /[\s._\-–—()[\],]/;
const EDGES = new RegExp(`^${SEPARATOR.source}+|${SEPARATOR.source}+$`, "g");

/** Lower-case words with one space between them, without accents. */
const wordsOf = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(new RegExp(`${SEPARATOR.source}+`))
    .join(" ")
    .trim();

/** The stem that begins or ends the words of a longer name. */
function stemWithin(words: string): Stem | undefined {
  const name = LONGEST_FIRST.find(
    (name) => words.endsWith(` ${name}`) || words.startsWith(`${name} `),
  );
  return name && STEM_OF.get(name);
}

/** A stem's name (lower-case letters, digits, dashes) for what somebody calls it: "vocals" for "Vox". */
export function stemOf(name: string): Stem {
  const words = wordsOf(name);
  const slug = words.replace(/[^a-z0-9]+/g, "-").replace(/^[-\d]+|-+$/g, "");
  return STEM_OF.get(words) ?? (slug || "stem");
}

/** The same with a number behind what is there already: a file may call two of its tracks alike. */
export function distinctStems(names: readonly string[]): Stem[] {
  const taken = new Set<Stem>();
  return names.map((name) => {
    const stem = stemOf(name);
    let distinct = stem;
    for (let n = 2; taken.has(distinct); n++) distinct = `${stem}-${n}`;
    taken.add(distinct);
    return distinct;
  });
}

/** What all names have at their beginning, up to where words part. */
function commonStart(names: readonly string[]): string {
  const [first, ...rest] = names;
  let length = 0;
  while (length < first.length && rest.every((name) => name[length] === first[length])) length++;
  const parts = (name: string, at: number) =>
    at === name.length || SEPARATOR.test(name[at]) || SEPARATOR.test(name[at - 1]);
  while (length > 0 && !names.every((name) => parts(name, length))) length--;
  return first.slice(0, length);
}

const reversed = (text: string) => [...text].reverse().join("");

/** A file whose name says which stem it holds. */
export interface NamedStem<F> {
  readonly file: F;
  readonly stem: Stem;
}

interface Candidate<F> extends NamedStem<F> {
  readonly name: string;
  /** Whether it is all but the voice. */
  readonly isMix: boolean;
  /** Whether its name, but for the song's, is a stem's. */
  readonly isKnown: boolean;
}

/** The names without what they have in common, which is the song's name, and without mixes of all stems. */
function candidates<F>(files: readonly F[], names: readonly string[]) {
  const bare = names.map((name) => name.normalize("NFC").replace(/^\d{1,3}[\s._\-)]+/, ""));
  const isOne = bare.length < 2;
  const start = isOne ? "" : commonStart(bare);
  const ends = bare.map((name) => reversed(name.slice(start.length)));
  const end = isOne ? "" : commonStart(ends);
  const hasSong = start !== "" || end !== "";
  const found = files.flatMap((file, i): Candidate<F>[] => {
    const part = reversed(ends[i].slice(end.length));
    const words = wordsOf(part);
    if (words === "" || MIXES.includes(words)) return [];
    const name = names[i];
    if (ACCOMPANIMENT.includes(words))
      return [{ file, name, stem: "other", isMix: true, isKnown: true }];
    const isKnown = STEM_OF.has(words);
    const stem = isKnown || hasSong ? stemOf(part) : stemWithin(words);
    return stem ? [{ file, name, stem, isMix: false, isKnown }] : [];
  });
  const song = (start + reversed(end)).replace(EDGES, "");
  return { found, song };
}

/** Whether several names are those of one song's stems, and not of several songs. */
export function areStems(names: readonly string[]): boolean {
  const { found } = candidates(names, names);
  return new Set(found.flatMap(({ stem, isKnown }) => (isKnown ? stem : []))).size > 1;
}

/**
 * Finds the stems among files that belong together: `vocals.wav`, `song_drums.mp3`, `Song - bass.flac`. Other
 * names count as stems where they have the song's name in common with one that is known. Mixes are left out.
 * @param names file names without endings, one for each of `files`
 * @returns the song's name, which may be empty, and no stems where no name is a stem's
 * @throws DannaError "input" where two files hold the same stem
 */
export function stemsAmong<F>(
  files: readonly F[],
  names: readonly string[],
): { readonly song: string; readonly stems: readonly NamedStem<F>[] } {
  const { found, song } = candidates(files, names);
  if (!found.some(({ name, isKnown }) => isKnown || stemWithin(wordsOf(name)))) {
    return { song, stems: [] };
  }
  const own = found.filter(({ isMix }) => !isMix);
  const stems = own.some(({ stem }) => stem !== "vocals") ? own : found;
  for (const [i, { name, stem }] of stems.entries()) {
    const twin = stems.slice(0, i).find((other) => other.stem === stem);
    if (!twin) continue;
    const two = `"${twin.name}" and "${name}" are both ${stem}`;
    throw new DannaError("input", `${two}: open one of them, with the other stems.`);
  }
  return { song, stems: stems.map(({ file, stem }) => ({ file, stem })) };
}
