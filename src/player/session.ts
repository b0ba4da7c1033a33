// Everything behind a mixer that is not its face: context, separator, graph, source, transport,
// recording. Page thread. Knows nothing of Lit or of the element.
import {
  createStemSeparator,
  type Backend,
  type LatencyMode,
  type StemSeparator,
} from "../index.ts";
import { DannaError } from "../errors.ts";
import { Emitter } from "../util/emitter.ts";
import { lazy } from "../util/lazy.ts";
import { folderUrl } from "../model/built-files.ts";
import { songName } from "../util/file-name.ts";
import {
  decodeRecording,
  displaySource,
  mediaElementSource,
  microphoneSource,
  type AudioSource,
} from "../sources/index.ts";
import { STEMS, type Stem } from "../stems.ts";
import type { StemFileOptions } from "../output/write-stems.ts";
import { detach } from "../util/audio-node.ts";
import { fetchSong, songUrl } from "./fetch-song.ts";
import { MixerGraph } from "./graph.ts";
import { MIXER_WORKLET_FILE, STRETCH_FILE } from "./protocol.ts";
import type { OpenedSong } from "./open-song.ts";
import { Recorder, type Track } from "./recorder.ts";
import type { SaveProgress, SongStems } from "./ahead/song-stems.ts";
import type { StretchNode } from "./stretch.ts";
import type { Transport } from "./transport.ts";

export interface SessionOptions {
  /** A context of the host's, which the session then neither suspends nor closes. */
  context?: AudioContext | undefined;
  /** Where the mix goes; by default the context's destination. */
  destination?: AudioNode | undefined;
  model?: string | URL | undefined;
  /** Folder of the built files; by default this script's. */
  baseUrl?: string | URL | undefined;
  latencyMode?: LatencyMode | undefined;
  backend?: Backend | "auto" | undefined;
  /** Whether a song's stems get better while it plays; "auto" by default. */
  quality?: StemQuality | undefined;
  /** What they are computed with: a model's name, or its manifest's URL. */
  studioModel?: string | undefined;
  /** Columns of the song's outline. */
  columns: number;
}

/**
 * "live": as the separator gives them. "studio": by a better model, as soon as that has got there.
 * "auto": that, where the device and its connection allow it.
 */
export type StemQuality = "auto" | "live" | "studio";

/** Milliseconds that a song waits for stems that may be kept from before, to begin with them. */
const KEPT_WAIT = 2000;

export type SourceKind = "file" | "element" | "microphone" | "tab";

/** Bytes so far and in all (0 where unknown). */
export interface Progress {
  readonly loaded: number;
  readonly total: number;
}

/** What is being played. */
export interface OpenSource {
  readonly kind: SourceKind;
  /** File name, or empty. */
  readonly title: string;
  /** Undefined for live inputs. */
  readonly transport: Transport | undefined;
  /** Undefined for files. */
  readonly input: AudioSource | undefined;
  /** Shape of a song; null for anything else. */
  readonly outline: Float32Array | null;
}

export interface SessionEvents {
  /** Bytes of model and song so far. */
  progress: { readonly model: Progress; readonly song: Progress };
  /** The transport plays, pauses, seeks …, or the source's state changed. */
  change: undefined;
  ended: undefined;
  latency: number;
  stats: StemSeparator["stats"];
  /** More of the song's stems are ready, others are heard, or they are not kept any more. */
  quality: undefined;
  /** Lowest gain of the limiter in the last tenth of a second. */
  limiter: number;
  /** Something failed while playing; the session goes on as far as it can. */
  error: Error;
}

const NOTHING: Progress = { loaded: 0, total: 0 };
/** Time after a pause, beyond the latency, until an own context is suspended, in seconds. */
const TAIL = 0.3;

/**
 * One separator with one source at a time. Opening a source makes context and separator first,
 * where that has not been done; a newer `open…` aborts an older one, whose promise then rejects
 * with an AbortError.
 */
export class MixerSession extends Emitter<SessionEvents> {
  readonly #options: SessionOptions;
  /** Written so that bundlers see these files and copy them, as in src/model/built-files.ts. */
  readonly #files: { readonly worklet: URL; readonly stretch: URL };
  readonly #life = new AbortController();
  #opening = new AbortController();
  #context: AudioContext | undefined;
  #separator: StemSeparator | undefined;
  #graph: MixerGraph | undefined;
  #prepared: Promise<void> | undefined;
  #source: OpenSource | undefined;
  #cleanups: (() => void)[] = [];
  #stretch: Promise<StretchNode> | undefined;
  #recorder: Recorder | undefined;
  #song: OpenedSong | undefined;
  #songStems: SongStems | undefined;
  /** Aborted when better stems are no longer wanted, be they there or on their way. */
  #improving = new AbortController();
  #quality: StemQuality;
  #progress = { model: NOTHING, song: NOTHING };
  #suspending: ReturnType<typeof setTimeout> | undefined;
  #gains: Readonly<Record<Stem, number>> | undefined;
  #master = 1;
  #bypass = false;
  #key = 0;
  #tempo = 1;

  constructor(options: SessionOptions) {
    super();
    this.#options = options;
    this.#quality = options.quality ?? "auto";
    const base = options.baseUrl === undefined ? undefined : folderUrl(options.baseUrl);
    this.#files = base
      ? { worklet: new URL(MIXER_WORKLET_FILE, base), stretch: new URL(STRETCH_FILE, base) }
      : {
          worklet: new URL("./mixer-worklet.js", import.meta.url),
          stretch: new URL("./SignalsmithStretch.mjs", import.meta.url),
        };
  }

  get context(): AudioContext | undefined {
    return this.#context;
  }

  get separator(): StemSeparator | undefined {
    return this.#separator;
  }

  /** What is heard; undefined before the first source. */
  get output(): AudioNode | undefined {
    return this.#graph?.output;
  }

  get source(): OpenSource | undefined {
    return this.#source;
  }

  get transport(): Transport | undefined {
    return this.#source?.transport;
  }

  /** Seconds by which what is heard comes later than the source gives it. */
  get latency(): number {
    return (this.#separator?.latency ?? 0) + (this.#graph?.keyLatency ?? 0);
  }

  /** Position in the song of what is heard now. */
  get position(): number {
    const { transport } = this;
    if (!transport) return 0;
    const behind = transport.paused ? 0 : this.latency * transport.tempo;
    return Math.max(0, transport.position - behind);
  }

  /** Loads model and worklets ahead of the first source. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #prepare(): Promise<void> {
    const options = this.#options;
    const context = this.#ownContext();
    const worklet = this.#files.worklet.href;
    const separating = this.#createSeparator(context, options);
    // It is awaited below, but may fail before the worklet is there.
    separating.catch(() => undefined);
    await context.audioWorklet.addModule(worklet).catch((cause: unknown) => {
      // Nobody takes the separator any more.
      separating.then((separator) => separator.dispose()).catch(() => undefined);
      throw new DannaError("fetch", `${worklet} cannot be loaded; check "base-url".`, { cause });
    });
    const separator = await separating;
    if (this.#life.signal.aborted) {
      await separator.dispose();
      throw this.#life.signal.reason;
    }
    this.#separator = separator;
    separator.on("stats", (stats) => this.emit("stats", stats));
    separator.on("error", (error) => this.emit("error", error));
    separator.on("latency", () => {
      // The separator's processor is told right after this, so that both begin to fade together.
      this.#song?.player.setLatency(separator.latency);
      this.emit("latency", this.latency);
    });
    const destination = options.destination ?? context.destination;
    this.#graph = new MixerGraph(separator, context, destination, this.#getStretch, (gain) =>
      this.emit("limiter", gain),
    );
    this.#apply();
    this.emit("latency", this.latency);
  }

  #createSeparator(
    context: AudioContext,
    { baseUrl, model, latencyMode: preset, backend }: SessionOptions,
  ): Promise<StemSeparator> {
    return createStemSeparator(context, {
      signal: this.#life.signal,
      onProgress: (model) => this.#tell({ ...this.#progress, model }),
      ...(baseUrl !== undefined && { baseUrl }),
      ...(model !== undefined && { model }),
      ...(preset !== undefined && { latencyMode: preset }),
      ...(backend !== undefined && { backend }),
    });
  }

  #ownContext(): AudioContext {
    if (this.#context) return this.#context;
    const context = this.#options.context ?? new AudioContext({ latencyHint: "interactive" });
    const { signal } = this.#life;
    context.addEventListener("statechange", () => this.emit("change", undefined), { signal });
    this.#context = context;
    return context;
  }

  #tell(progress: SessionEvents["progress"]): void {
    this.#progress = { ...progress };
    this.emit("progress", progress);
  }

  #getStretch = (): Promise<StretchNode> => {
    this.#stretch ??= import("./stretch.ts")
      .then(({ createStretch }) => createStretch(this.#ownContext(), this.#files.stretch.href))
      .catch((cause: unknown) => {
        this.#stretch = undefined;
        throw new DannaError("fetch", "The key and tempo shifter cannot be loaded.", { cause });
      });
    return this.#stretch;
  };

  // --- sources -----------------------------------------------------------------------------------

  /** A song from the web. */
  async openUrl(url: string | URL): Promise<void> {
    const signal = this.#begin();
    const address = songUrl(url);
    const [bytes] = await Promise.all([
      fetchSong(address, signal, (song) => this.#tell({ ...this.#progress, song })),
      this.prepare(),
    ]);
    await this.#openSong(bytes, songName(address.pathname), signal);
  }

  /** A song from the user's disk. */
  async openFile(file: Blob): Promise<void> {
    const signal = this.#begin();
    await this.prepare();
    const name = file instanceof File ? file.name : "";
    await this.#openSong(file, name.replace(/\.[^.]+$/, ""), signal);
  }

  async #openSong(song: Blob | ArrayBuffer, title: string, signal: AbortSignal): Promise<void> {
    const context = this.#ownContext();
    const [buffer, { openSong }] = await Promise.all([
      decodeRecording(context, song),
      lazy(import("./open-song.ts")),
    ]);
    signal.throwIfAborted();
    const opened = openSong(buffer, song, {
      context,
      latency: this.#separator?.latency ?? 0,
      columns: this.#options.columns,
      getStretch: this.#getStretch,
    });
    const { transport, outline } = opened;
    this.#use({ kind: "file", title, transport, input: undefined, outline });
    this.#song = opened;
    const late = new Promise((resolve) => setTimeout(resolve, KEPT_WAIT));
    await Promise.race([this.#improve(), late]);
    signal.throwIfAborted();
  }

  /** An `<audio>` or `<video>` of the page. */
  async openElement(media: HTMLMediaElement): Promise<void> {
    const signal = this.#begin();
    await this.prepare();
    const { ElementTransport } = await lazy(import("./element-transport.ts"));
    const input = await mediaElementSource(this.#ownContext(), media);
    this.#guard(signal, input);
    const transport = new ElementTransport(media, input.node);
    const title = media.title || document.title;
    this.#use({ kind: "element", title, transport, input, outline: null });
  }

  /** A microphone or line input; by default the system's choice. */
  async openMicrophone(deviceId?: string): Promise<void> {
    const signal = this.#begin();
    await this.prepare();
    const options = deviceId === undefined ? {} : { deviceId };
    const input = await microphoneSource(this.#ownContext(), options);
    this.#guard(signal, input);
    this.#use({
      kind: "microphone",
      title: input.label,
      transport: undefined,
      input,
      outline: null,
    });
  }

  /** The sound of a tab or of the system. Call it from a gesture. */
  async openTab(): Promise<void> {
    const signal = this.#begin();
    // The browser asks only right after a gesture: before the model is loaded.
    const input = await displaySource(this.#ownContext());
    try {
      await this.prepare();
    } catch (error) {
      input.dispose();
      throw error;
    }
    this.#guard(signal, input);
    this.#use({ kind: "tab", title: "", transport: undefined, input, outline: null });
  }

  /** Closes the source; the separator stays for the next one. */
  close(): void {
    this.#opening.abort(new DOMException("another source was opened", "AbortError"));
    this.#release();
    this.#sleepSoon();
    this.emit("change", undefined);
  }

  /** Aborts what is being opened; the signal is the new opening's. */
  #begin(): AbortSignal {
    this.#opening.abort(new DOMException("another source was opened", "AbortError"));
    this.#opening = new AbortController();
    this.#tell({ ...this.#progress, song: NOTHING });
    // Only a gesture lets a context run, and this may be the last chance before the loading ends.
    this.#wake();
    return AbortSignal.any([this.#opening.signal, this.#life.signal]);
  }

  #guard(signal: AbortSignal, input: AudioSource): void {
    if (!signal.aborted) return;
    input.dispose();
    throw signal.reason;
  }

  #use(source: OpenSource): void {
    this.#release();
    this.#source = source;
    const { transport, input } = source;
    const node = transport?.node ?? input?.node;
    const graph = this.#graph;
    if (!node || !graph) throw new DannaError("disposed", "The mixer was closed meanwhile.");
    node.connect(graph.input);
    this.#cleanups.push(() => detach(node, graph.input));
    const change = () => this.#onChange();
    if (transport) {
      this.#cleanups.push(
        transport.on("change", change),
        transport.on("ended", () => this.emit("ended", undefined)),
        transport.on("error", (error) => {
          // It plays on, as it was recorded.
          this.#tempo = transport.tempo;
          this.#key = 0;
          this.emit("error", error);
        }),
        () => void transport.dispose(),
      );
    }
    if (input) {
      this.#cleanups.push(
        input.on("interrupted", change),
        input.on("resumed", change),
        input.on("ended", change),
        input.on("visibility", change),
        () => input.dispose(),
      );
    }
    void this.#applyTuning();
    this.#onChange();
  }

  #release(): void {
    this.#leaveStems();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#source = undefined;
    this.#song = undefined;
  }

  #onChange(): void {
    // The page may set its element's rate itself.
    if (this.#source?.kind === "element") this.#tempo = this.transport?.tempo ?? 1;
    if (this.transport?.paused) this.#sleepSoon();
    this.emit("change", undefined);
  }

  // --- better stems ------------------------------------------------------------------------------

  /** What is known of a song's better stems; undefined where none are made. */
  get songStems(): SongStems | undefined {
    return this.#songStems;
  }

  /** Each stem as it is heard, before its gain; undefined before the first source. */
  get stems(): Readonly<Record<Stem, AudioNode>> | undefined {
    return this.#graph?.stems;
  }

  async setQuality(quality: StemQuality): Promise<void> {
    if (quality === this.#quality) return;
    this.#quality = quality;
    this.#leaveStems();
    await this.#improve();
  }

  get #studioModel(): string | undefined {
    // Where none is named, it is the package's own.
    return this.#options.studioModel ?? (this.#quality === "studio" ? "studio" : undefined);
  }

  /** Lets the song's stems get better, if they shall. What fails leaves the separator's. */
  async #improve(): Promise<void> {
    const studioModel = this.#studioModel;
    const song = this.#song;
    if (!song || !studioModel || this.#quality === "live") return;
    if (this.#quality === "auto" && !song.mayImprove) return;
    const { signal } = this.#improving;
    try {
      const stems = await this.#openStems(studioModel);
      if (signal.aborted) return void stems.dispose();
      this.#songStems = stems;
      stems.on("change", () => this.emit("quality", undefined));
      stems.on("error", (error) => this.emit("error", error));
      await stems.play();
      if (signal.aborted) return;
      stems.start();
      this.emit("quality", undefined);
    } catch (error) {
      if (!signal.aborted) this.emit("error", error as Error);
    }
  }

  async #openStems(model: string): Promise<SongStems> {
    const song = this.#song;
    const graph = this.#graph;
    const separator = this.#separator;
    if (!song || !graph || !separator) {
      throw new DannaError("input", "Only a song that has been opened has stems to compute.");
    }
    const { SongStems } = await lazy(import("./ahead/song-stems.ts"));
    const { baseUrl } = this.#options;
    const content = await song.content;
    const stems = new SongStems({ ...song, content, graph, separator, model, baseUrl });
    try {
      await stems.open();
    } catch (error) {
      await stems.dispose();
      throw error;
    }
    return stems;
  }

  #leaveStems(): void {
    this.#improving.abort();
    this.#improving = new AbortController();
    const stems = this.#songStems;
    this.#songStems = undefined;
    if (!stems) return;
    void stems.dispose();
    this.emit("quality", undefined);
  }

  /**
   * Computes what is missing of the song's stems and writes them into one file. Where none are
   * computed ahead it takes the studio model, or else the live one.
   * @throws DannaError; the signal's reason when aborted
   */
  async saveStems(
    options: Omit<StemFileOptions, "sampleRate">,
    onProgress: (progress: SaveProgress) => void,
    signal: AbortSignal,
  ): Promise<File> {
    if (this.#songStems) return this.#songStems.save(options, onProgress, signal);
    const { model } = this.#options;
    const live = model === undefined ? "live" : new URL(model, document.baseURI).href;
    const closing = this.#opening.signal;
    const stems = await this.#openStems(this.#studioModel ?? live);
    try {
      return await stems.save(options, onProgress, AbortSignal.any([signal, closing]));
    } finally {
      void stems.dispose();
    }
  }

  // --- playing -----------------------------------------------------------------------------------

  /** Plays a song, or lets a live input go on. Call it from a gesture. */
  async play(): Promise<void> {
    this.#wake();
    await this.#source?.input?.resume();
    await this.transport?.play();
  }

  pause(): void {
    this.transport?.pause();
  }

  #wake(): void {
    clearTimeout(this.#suspending);
    const context = this.#ownContext();
    // Not awaited: without a gesture the promise stays pending.
    if (context.state !== "running") context.resume().catch(() => undefined);
  }

  /** A paused song, or none, needs no processor: an own context sleeps once the last sound is out. */
  #sleepSoon(): void {
    clearTimeout(this.#suspending);
    const context = this.#context;
    if (!context || this.#options.context || !this.#rests) return;
    this.#suspending = setTimeout(
      () => {
        if (this.#rests && !this.#recorder) void context.suspend();
      },
      (this.latency + TAIL) * 1000,
    );
  }

  get #rests(): boolean {
    return !this.#source || (this.#source.kind === "file" && !!this.transport?.paused);
  }

  // --- mixing ------------------------------------------------------------------------------------

  /** Linear gains of the stems. */
  setGains(gains: Readonly<Record<Stem, number>>): void {
    this.#gains = gains;
    this.#graph?.setGains(gains);
  }

  /** Linear gain of the mix. */
  setMaster(gain: number): void {
    this.#master = gain;
    this.#graph?.setMaster(gain);
  }

  setBypass(bypass: boolean): void {
    this.#bypass = bypass;
    this.#graph?.setBypass(bypass);
  }

  /** As it is heard: 0 again where it could not be shifted. */
  get key(): number {
    return this.#key;
  }

  async setKey(semitones: number): Promise<void> {
    this.#key = semitones;
    await this.#applyTuning();
  }

  /** As it is heard: 1 again where it could not be stretched; the page may set its element's own. */
  get tempo(): number {
    return this.#tempo;
  }

  async setTempo(tempo: number): Promise<void> {
    this.#tempo = tempo;
    await this.#applyTuning();
  }

  #apply(): void {
    if (this.#gains) this.#graph?.setGains(this.#gains);
    this.#graph?.setMaster(this.#master);
    this.setBypass(this.#bypass);
  }

  async #applyTuning(): Promise<void> {
    const { transport } = this;
    const before = this.latency;
    try {
      if (transport && transport.tempo !== this.#tempo) await transport.setTempo(this.#tempo);
      await transport?.setKey?.(this.#key);
      // A transport that shifts by itself leaves the graph's shifter out.
      await this.#graph?.setKey(transport?.setKey ? 0 : this.#key);
    } catch (error) {
      this.#key = 0;
      this.emit("error", error as Error);
    }
    if (this.latency !== before) this.emit("latency", this.latency);
  }

  /** Where the mix is heard; "" is the system's choice. */
  async setOutputDevice(deviceId: string): Promise<void> {
    const context = this.#ownContext() as AudioContext & {
      setSinkId?(id: string): Promise<void>;
    };
    if (!context.setSinkId) {
      throw new DannaError("platform", "This browser cannot choose the output device.");
    }
    await context.setSinkId(deviceId);
  }

  // --- recording ---------------------------------------------------------------------------------

  /** Records the mix, the stems as separated (before their gains), or both. */
  startRecording(what: "mix" | "stems" | "all", name: string): void {
    const { output, stems: nodes } = this;
    if (!output || !nodes || !this.#context) {
      throw new DannaError("input", "There is nothing to record yet: play something first.");
    }
    this.#recorder?.cancel();
    const mix: Track = { name, node: output, format: "wav24" };
    const stems = STEMS.map((stem): Track => ({
      name: `${name} - ${stem}`,
      node: nodes[stem],
      format: "wav32f",
    }));
    const tracks = { mix: [mix], stems, all: [mix, ...stems] }[what];
    this.#recorder = new Recorder(this.#context, tracks);
  }

  /** Seconds recorded; undefined while nothing is being recorded. */
  get recorded(): number | undefined {
    return this.#recorder?.duration;
  }

  /** Ends the recording; one WAV file a track. */
  async stopRecording(): Promise<File[]> {
    const recorder = this.#recorder;
    this.#recorder = undefined;
    return (await recorder?.stop()) ?? [];
  }

  /** Frees everything. The session cannot be used again. */
  async dispose(): Promise<void> {
    clearTimeout(this.#suspending);
    this.#life.abort(new DOMException("the mixer was removed", "AbortError"));
    this.#opening.abort(this.#life.signal.reason);
    this.clear();
    this.#recorder?.cancel();
    this.#release();
    this.#graph?.dispose();
    await this.#separator?.dispose();
    if (!this.#options.context && this.#context && this.#context.state !== "closed") {
      await this.#context.close();
    }
  }
}
