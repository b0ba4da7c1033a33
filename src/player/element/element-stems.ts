// Better stems of a media element that the page owns: its file is read and decoded as a song's, and what is computed
// of that ahead of the playhead is heard wherever the element's sound is the file's. Page thread; loaded with the first
// element whose stems are to get better.
import { Scope } from "../../util/scope.ts";
import { sha256OfFile } from "../../util/sha256.ts";
import { SongImprover } from "../ahead/better-stems.ts";
import type { AudioPath } from "../audio-path.ts";
import { decodeSong } from "../decode-song.ts";
import type { ElementTransport } from "../element-transport.ts";
import { fetchSong, songUrl } from "../fetch-song.ts";
import { outline, outlineDetail, OUTLINE_COLUMNS } from "../outline.ts";
import type { Song } from "../song.ts";
import type { PlayerState, StaysLive } from "../state.ts";
import { Aligner } from "./aligner.ts";
import { ElementFollowerNode } from "./follower-node.ts";

export interface ElementStemsHost {
  state(): PlayerState;
  set(changes: Pick<PlayerState, "better">): void;
  fail(error: Error): void;
  /** Takes over outline, detail and `staysLive`. */
  follow(): void;
  readonly path: AudioPath;
  readonly element: HTMLMediaElement;
  readonly transport: ElementTransport;
}

/** Seconds and bytes of the longest file that is read: an hour takes 1.35 GiB of memory, and a film would be fetched twice. */
const [LONGEST, LARGEST] = [3600, 2 ** 28];

/** An element's file, and what is heard of it. */
interface Opened {
  readonly song: Song;
  readonly content: () => Promise<string>;
  readonly outline: Float32Array;
  detail?: Float32Array;
  /** Undefined until stems are wanted. */
  playing?: {
    readonly node: ElementFollowerNode;
    readonly aligner: Aligner;
    readonly improver: SongImprover;
  };
}

/** The file cannot be had as a song. */
class Refusal extends Error {
  constructor(readonly reason: StaysLive) {
    super(reason);
  }
}

export class ElementStems {
  /** Why the file's stems cannot be had. */
  staysLive: StaysLive | undefined;
  readonly #host: ElementStemsHost;
  readonly #scope = new Scope();
  #wanted = false;
  #opened: Opened | undefined;
  /** Aborted with the file that is open or on its way; undefined where none is. */
  #file: AbortController | undefined;

  constructor(host: ElementStemsHost) {
    this.#host = host;
    const { element } = host;
    this.#scope.listen(element, "emptied", () => this.#close());
    this.#scope.listen(element, "loadedmetadata", () => {
      this.#close();
      if (this.#wanted) this.#open();
    });
  }

  /** As `outline` gives it, once the file is there. */
  get outline(): Float32Array | undefined {
    return this.#opened?.outline;
  }

  /** As `outlineDetail` gives it, once it has. */
  get detail(): Float32Array | undefined {
    return this.#opened?.detail;
  }

  /** What saves the file's stems; undefined before the file is there. */
  get improver(): SongImprover | undefined {
    return this.#opened?.playing?.improver;
  }

  /** Lets the element's stems get better, once its file is there. */
  improve(): void {
    this.#wanted = true;
    if (!this.#file) this.#open();
    else if (this.#opened) this.#play(this.#opened);
  }

  /** The separator's stems are heard again; `improve` begins anew, with what the settings are then. */
  leave(): void {
    this.#wanted = false;
    this.#opened?.playing?.improver.leave();
  }

  /** In seconds, as the separator's. */
  setLatency(latency: number): void {
    this.#opened?.playing?.node.setLatency(latency);
  }

  /** The key has changed. */
  follow(): void {
    this.#opened?.playing?.aligner.follow();
  }

  /** The element is let go. */
  dispose(): void {
    this.#wanted = false;
    this.#scope.end();
    this.#close();
  }

  #open(): void {
    const { element, path, follow, fail } = this.#host;
    // What it plays is known with its length, and then this is tried again.
    if (element.readyState < HTMLMediaElement.HAVE_METADATA) return;
    this.#file = new AbortController();
    const { signal } = this.#file;
    const take = (opened: Opened) => {
      if (signal.aborted) return opened.song.free();
      this.#opened = opened;
      outlineDetail(opened.song, signal).then(
        (detail) => {
          opened.detail = detail;
          follow();
        },
        () => undefined,
      );
      follow();
      if (this.#wanted) this.#play(opened);
    };
    const reading = this.#read(signal);
    Promise.all([reading, path.openFollower()]).then(
      ([opened]) => take(opened),
      (error: unknown) => {
        reading.then(
          ({ song }) => song.free(),
          () => undefined,
        );
        if (signal.aborted) return;
        if (!(error instanceof Refusal)) return fail(error as Error);
        this.staysLive = error.reason;
        follow();
      },
    );
  }

  /** @throws Refusal */
  async #read(signal: AbortSignal): Promise<Opened> {
    const { element, path } = this.#host;
    if (!(element.duration <= LONGEST)) throw new Refusal("long");
    // A stream that a script feeds has none.
    if (element.currentSrc === "") throw new Refusal("unreadable");
    const refuse = (reason: StaysLive) => (error: unknown) => {
      throw error instanceof Refusal ? error : new Refusal(reason);
    };
    const size = new AbortController();
    const file = await fetchSong(
      songUrl(element.currentSrc),
      AbortSignal.any([signal, size.signal]),
      ({ loaded, total }) => Math.max(loaded, total) > LARGEST && size.abort(new Refusal("long")),
      // As the element itself gets it.
      element.crossOrigin === "use-credentials" ? "include" : undefined,
    ).catch(refuse("unreadable"));
    const decoding = decodeSong(file, path.context, path.baseUrl, signal);
    const song = await decoding.catch(refuse("undecodable"));
    let hash: Promise<string> | undefined;
    const content = () => (hash ??= sha256OfFile(file));
    return { song, content, outline: outline(song, OUTLINE_COLUMNS) };
  }

  #play(opened: Opened): void {
    const { path } = this.#host;
    const { separator } = path;
    if (!separator) return;
    const stems = Object.keys(separator.stems).length;
    // Another separator may give more of them, or fewer.
    if (opened.playing?.node.stems !== stems) {
      this.#stop(opened);
      opened.playing = this.#follower(opened, stems, separator.latency);
    }
    void opened.playing.improver.improve();
  }

  #follower(opened: Opened, stems: number, latency: number): NonNullable<Opened["playing"]> {
    const { element, transport, path, state, set, fail } = this.#host;
    const { song, content } = opened;
    const node = new ElementFollowerNode({ input: transport.node, song, stems, latency });
    const aligner = new Aligner({
      ...{ media: element, song, node },
      isUntouched: () => state().key === 0,
      onChange: (aligned) => transport.setOriginal(aligned),
    });
    const improver = new SongImprover({
      settings: () => state().settings,
      onChange: (better) => set({ better }),
      ...{ path, onError: fail },
      song: { ...{ song, content, transport }, player: node, own: undefined },
    });
    return { node, aligner, improver };
  }

  #stop(opened: Opened): void {
    const { playing } = opened;
    if (!playing) return;
    opened.playing = undefined;
    playing.aligner.dispose();
    playing.improver.dispose();
    this.#host.path.graph?.unblend();
    playing.node.close();
  }

  #close(): void {
    this.#file?.abort(new DOMException("the element plays something else", "AbortError"));
    const opened = this.#opened;
    const { staysLive } = this;
    this.#file = this.#opened = this.staysLive = undefined;
    if (opened) {
      this.#stop(opened);
      opened.song.free();
    }
    if (opened || staysLive) this.#host.follow();
  }
}
