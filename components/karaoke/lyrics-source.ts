// Where the words of the song that plays come from: an address, a file beside it, a drop, a paste. Page thread.
import { DannaError } from "../../src/errors.ts";
import type { PlayerState } from "../../src/player/index.ts";
import { fileName } from "../../src/util/file-name.ts";
import { isLyricsFile } from "../core/lyrics/files.ts";
import type { Lyrics } from "../core/lyrics/lyrics.ts";
import { LYRICS_FILES, parseLyrics } from "../core/lyrics/parse.ts";
import type { PlayerElement } from "../player-element.ts";

export interface LyricsSourceHost {
  /** Address of the words of the mixer's own song; may be empty. */
  src(): string;
  /** Whether files beside the song are looked for. */
  beside(): boolean;
  /** What is shown. */
  shown(): Lyrics | undefined;
  /** Tells what was found, nothing where there is nothing, or why it cannot be had. */
  found(lyrics: Lyrics | undefined): void;
  failed(error: Error): void;
}

/** A media element that has not been opened: what it plays is not known yet. */
const UNOPENED = "element";

/** Which song it is: another one has other words. Its title may be known only once it is open. */
function keyOf(source: PlayerState["source"]): string {
  if (!source) return "";
  const { kind, isGuest, address, title, media } = source;
  if (kind === "element") return media ? `${UNOPENED} ${media.currentSrc}` : UNOPENED;
  return isGuest ? `guest ${kind} ${address || title}` : `${kind} ${address}`;
}

export class LyricsSource {
  readonly #host: LyricsSourceHost;
  #song: string | undefined;
  /** Those that came together with a song that is not there yet. */
  #coming: File | undefined;
  #isLoading = false;
  /** The words of a song that another is to follow: they come back where that fails. */
  #parted: { readonly lyrics: Lyrics | undefined } | undefined;
  #isGiven = false;
  #loading = new AbortController();

  constructor(host: LyricsSourceHost) {
    this.#host = host;
  }

  /** Whether someone has given the words, and not the page. */
  get isGiven(): boolean {
    return this.#isGiven;
  }

  /** Follows the song; `mixer` is what may name its words. */
  follow(state: PlayerState, mixer: PlayerElement | undefined): void {
    if (state.status === "loading") {
      this.#isLoading = true;
      return this.#part(keyOf(state.coming ?? state.source));
    }
    const song = keyOf(state.source);
    const parted = this.#parted;
    this.#parted = undefined;
    const isOpenedNow = this.#isGiven && this.#song === UNOPENED && song.startsWith(UNOPENED);
    // Words that were given while it loaded are its own.
    const isAnother = song !== this.#song && !isOpenedNow && !(parted && this.#isGiven);
    const coming = this.#isLoading && !state.error ? this.#coming : undefined;
    if (this.#isLoading) this.#coming = undefined;
    this.#isLoading = false;
    const before = this.#song;
    this.#song = song;
    if (coming) {
      this.#host.found(undefined);
      void this.load(coming);
    } else if (isAnother) void this.look(state, mixer);
    else if (parted && song === before) {
      this.#loading.abort();
      this.#isGiven = false;
      this.#host.found(parted.lyrics);
    }
  }

  /** The words of the song before do not stand there while another one loads. */
  #part(coming: string): void {
    const isKnown = this.#song !== undefined && coming !== "" && coming !== UNOPENED;
    if (this.#parted || !isKnown || coming === this.#song) return;
    this.#parted = { lyrics: this.#host.shown() };
    this.#loading.abort();
    this.#isGiven = false;
    this.#host.found(undefined);
  }

  /** Takes the words out of files that were dropped together; false where there are none, or a song too. */
  take(files: readonly File[]): boolean {
    const words = files.find(isLyricsFile);
    const hasSong = files.some((file) => !isLyricsFile(file));
    if (words && hasSong) this.#coming = words;
    else if (words) void this.load(words);
    return words !== undefined && !hasSong;
  }

  /** Shows the words of a file, or a text. What fails is reported. */
  load(words: Blob | string): Promise<void> {
    this.#isGiven = true;
    return this.#run(async () => {
      if (typeof words === "string") return parseLyrics(words, "the pasted text");
      return parseLyrics(new Uint8Array(await words.arrayBuffer()), nameOf(words));
    });
  }

  /** Looks for the words of the song that the mixer names, or that stand beside it. */
  look({ source }: PlayerState, mixer: PlayerElement | undefined): Promise<void> {
    const [src, beside] = [this.#host.src(), this.#host.beside()];
    this.#isGiven = false;
    this.#host.found(undefined);
    return this.#run(async (signal) => {
      if (source?.isGuest) return undefined;
      const named =
        src || mixer?.getAttribute("lyrics") || trackOf(mixer) || trackOf(source?.media);
      if (named) return read(new URL(named, document.baseURI), signal);
      const song = mixer?.src || source?.media?.currentSrc;
      return beside && song ? readBeside(new URL(song, document.baseURI), signal) : undefined;
    });
  }

  async #run(load: (signal: AbortSignal) => Promise<Lyrics | undefined>): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    try {
      const lyrics = await load(signal);
      if (!signal.aborted) this.#host.found(lyrics);
    } catch (error) {
      if (!signal.aborted) this.#host.failed(error as Error);
    }
  }
}

const nameOf = (blob: Blob): string => (blob instanceof File ? blob.name : "the words");

/** `<track kind="lyrics">`, or any other that names a file of words: browsers take both for metadata. */
function trackOf(parent: Element | undefined): string | undefined {
  const tracks = [...(parent?.querySelectorAll<HTMLTrackElement>(":scope > track") ?? [])];
  const isWords = ({ src }: HTMLTrackElement) =>
    isLyricsFile({ name: new URL(src, document.baseURI).pathname, type: "" });
  return tracks.find((track) => track.getAttribute("kind") === "lyrics" || isWords(track))?.src;
}

/** @throws DannaError "fetch"; what `parseLyrics` throws */
async function read(url: URL, signal: AbortSignal): Promise<Lyrics> {
  const fail = (why: string, cause?: unknown) =>
    new DannaError(
      "fetch",
      `The lyrics at ${url.href} cannot be loaded${why}: check the address.`,
      { cause },
    );
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw fail("", cause);
  });
  if (!response.ok) throw fail(` (${response.status})`);
  return parseLyrics(new Uint8Array(await response.arrayBuffer()), fileName(url.pathname));
}

/** A file of the song's name that ends as files of words do; the first that is there. */
async function readBeside(song: URL, signal: AbortSignal): Promise<Lyrics | undefined> {
  for (const ending of LYRICS_FILES) {
    const url = new URL(song);
    url.pathname = url.pathname.replace(/\.[^./]*$/, "") + ending;
    const there = await fetch(url, { method: "HEAD", signal }).catch(() => undefined);
    if (there?.ok) return read(url, signal);
  }
  return undefined;
}
