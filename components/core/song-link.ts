// A song's address with mix, key, tempo and loop as the fragment of a link. Links come from anywhere: what is read is
// checked. Pure; any thread, any runtime; loaded by mixers that allow links.
import { DannaError } from "../../src/index.ts";
import {
  channelOf,
  clampKey,
  clampTempo,
  isLooping,
  MIN_LOOP,
  NO_LOOP,
  parseMix,
  type Loop,
  type Mix,
} from "../../src/player/index.ts";

export interface SongLink {
  /** http or https. */
  readonly song: string;
  readonly mix: Mix;
  /** Semitones. */
  readonly key: number;
  /** A factor. */
  readonly tempo: number;
  /** Seconds. */
  readonly loop: Loop;
}

const NUMBER = /^-?\d+(\.\d+)?$/;
/** A stem's name, its gain in dB, and whether it is muted or soloed. */
const STEM = /^([a-z][a-z0-9-]*):(-?\d+(?:\.\d+)?)(?::(m?s?))?$/;

/** "song=…&stem=vocals:-60&key=-2&tempo=0.85&loop=10,20", without what is as it was recorded. */
export function formatLink({ song, mix, key, tempo, loop }: SongLink): string {
  const fields = new URLSearchParams({ song });
  for (const stem of Object.keys(mix)) {
    const { gain, muted, soloed } = channelOf(mix, stem);
    const flags = `${muted ? "m" : ""}${soloed ? "s" : ""}`;
    if (gain !== 0 || flags)
      fields.append("stem", [stem, gain, ...(flags ? [flags] : [])].join(":"));
  }
  if (key !== 0) fields.set("key", String(key));
  if (tempo !== 1) fields.set("tempo", String(tempo));
  if (isLooping(loop)) {
    fields.set("loop", [loop.a, loop.b].map((time) => Number(time.toFixed(3))).join(","));
  }
  return fields.toString();
}

/**
 * Reads a fragment, with or without its "#"; undefined where it is no link to a song.
 * @throws DannaError "input" where it is one that cannot be used
 */
export function parseLink(fragment: string): SongLink | undefined {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  if (!fields.has("song")) return undefined;
  return {
    song: addressOf(fields.get("song")!),
    mix: mixOf(fields.getAll("stem")),
    key: clampKey(numberOf(fields.get("key") ?? "0", "key")),
    tempo: clampTempo(numberOf(fields.get("tempo") ?? "1", "tempo")),
    loop: loopOf(fields.get("loop")),
  };
}

const refuse = (what: string): never => {
  throw new DannaError("input", `This link cannot be opened: ${what}. Ask for another one.`);
};

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  // A name and a password would go out with the request, and stand in the page.
  if (!url || !isWeb || url.username || url.password) {
    return refuse("the song's address is no http or https address");
  }
  return url.href;
}

const numberOf = (text: string, name: string): number =>
  NUMBER.test(text) ? Number(text) : refuse(`its ${name} is no number`);

function mixOf(stems: readonly string[]): Mix {
  const channels = stems.map((text) => {
    const [, stem, gain, flags = ""] = STEM.exec(text) ?? refuse("its mix cannot be read");
    const muted = flags.includes("m");
    return [stem, { gain: Number(gain), muted, soloed: flags.includes("s") }] as const;
  });
  if (channels.length === 0) return {};
  return parseMix(Object.fromEntries(channels)) ?? refuse("its mix cannot be read");
}

function loopOf(text: string | null): Loop {
  if (text === null) return NO_LOOP;
  const [a, b, ...more] = text.split(",").map((time) => numberOf(time, "loop"));
  if (!(a >= 0 && b >= a + MIN_LOOP) || more.length > 0) return refuse("its loop is none");
  return { a, b };
}
