// Context, worklet, separator and graph of a player: loaded with the first source, changed while sound goes
// on, freed as one. Page thread.
import { createStemSeparator, DannaError, type StemSeparator } from "../index.ts";
import { isCapturing } from "../sources/captures.ts";
import { folderUrl } from "../model/built-files.ts";
import { Emitter } from "../util/emitter.ts";
import { isOwnContext, staysAwake, wake } from "./context.ts";
import { MixerGraph } from "./graph.ts";
import { ELEMENT_WORKLET_FILE, MIXER_WORKLET_FILE, STRETCH_FILE } from "./protocol.ts";
import type { StemsGiver } from "./separated-mix.ts";
import type { PlayerSettings, Progress } from "./state.ts";
import type { StretchNode } from "./stretch.ts";

/** What a separator is made with; a change of anything but the latency mode takes another one. */
type SeparatorSettings = Pick<PlayerSettings, "model" | "baseUrl" | "backend" | "latencyMode">;

export interface AudioPathEvents {
  /** Bytes of the model so far. */
  progress: Progress;
  /** The context runs, sleeps, or was closed. */
  context: undefined;
  /** Nodes or latency changed: another separator is heard. */
  separator: undefined;
  latency: undefined;
  stats: StemSeparator["stats"];
  /** Step by which the separator does with less of the machine; 0 is what was asked for. */
  adapt: number;
  /** Lowest gain of the limiter in the last tenth of a second. */
  limiter: number;
  error: Error;
}

/** Time after a pause, beyond the latency, until an own context is suspended, in seconds. */
const TAIL = 0.3;

export class AudioPath extends Emitter<AudioPathEvents> {
  readonly context: AudioContext;
  readonly #files: { readonly worklet: URL; readonly element: URL; readonly stretch: URL };
  readonly #destination: AudioNode;
  readonly #life = new AbortController();
  #settings: SeparatorSettings;
  #made: SeparatorSettings | undefined;
  #separator: StemSeparator | undefined;
  /** What is heard in its place: a song's own stems. */
  #own: StemsGiver | undefined;
  #graph: MixerGraph | undefined;
  #prepared: Promise<void> | undefined;
  #changing: Promise<void> = Promise.resolve();
  #opened: Promise<MixerGraph> | undefined;
  /** By how many channels they have. */
  readonly #stretches = new Map<number, Promise<StretchNode>>();
  #sleeping: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: PlayerSettings, context: AudioContext) {
    super();
    this.#settings = settings;
    const base = settings.baseUrl === undefined ? undefined : folderUrl(settings.baseUrl);
    // Written so that bundlers see these files and copy them, as in src/model/built-files.ts.
    this.#files = base
      ? {
          worklet: new URL(MIXER_WORKLET_FILE, base),
          element: new URL(ELEMENT_WORKLET_FILE, base),
          stretch: new URL(STRETCH_FILE, base),
        }
      : {
          worklet: new URL("./mixer-worklet.js", import.meta.url),
          element: new URL("./element-worklet.js", import.meta.url),
          stretch: new URL("./SignalsmithStretch.mjs", import.meta.url),
        };
    this.context = context;
    const given = settings.destination;
    this.#destination = given?.context === this.context ? given : this.context.destination;
    const { signal } = this.#life;
    this.context.addEventListener("statechange", () => this.emit("context", undefined), { signal });
  }

  /** Where the mix goes. */
  get destination(): AudioNode {
    return this.#destination;
  }

  /** What separates; undefined while a song's own stems are heard. */
  get separator(): StemSeparator | undefined {
    return this.#own ? undefined : this.#separator;
  }

  /** What gives the stems that are heard. */
  get heard(): StemsGiver | undefined {
    return this.#own ?? this.#separator;
  }

  /** What will be heard of a song that brings no stems, once that is prepared. */
  get prepared(): StemSeparator | undefined {
    return this.#separator;
  }

  /** Folder of the built files, where it is not this script's. */
  get baseUrl(): string | URL | undefined {
    return this.#settings.baseUrl;
  }

  get graph(): MixerGraph | undefined {
    return this.#graph;
  }

  /** Seconds by which what is heard comes later than the source gives it. */
  get latency(): number {
    return (this.heard?.latency ?? 0) + (this.#graph?.keyLatency ?? 0);
  }

  /** Whether the context is a player's own, to be suspended and closed. */
  get isOwn(): boolean {
    return isOwnContext(this.context);
  }

  /** Loads model and worklets. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #prepare(): Promise<void> {
    const separating = this.#createSeparator();
    // It is awaited below, but may fail before the worklet is there.
    separating.catch(() => undefined);
    await this.open().catch((error: unknown) => {
      // The separator is not needed any more.
      separating.then((separator) => separator.dispose()).catch(() => undefined);
      throw error;
    });
    const separator = await separating;
    if (this.#life.signal.aborted) {
      await separator.dispose();
      throw this.#life.signal.reason;
    }
    // Asked for twice, with a song that brought its stems between.
    if (this.#separator) return separator.dispose();
    await this.#take(separator);
    if (!this.#own) this.emit("separator", undefined);
    // Settings that came while it was made.
    void this.#change();
  }

  /**
   * Loads everything but a model.
   * @throws DannaError "fetch"
   */
  open(): Promise<MixerGraph> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #open(): Promise<MixerGraph> {
    const { context } = this;
    await this.#addModule(this.#files.worklet);
    this.#life.signal.throwIfAborted();
    this.#graph = new MixerGraph({
      context,
      destination: this.#destination,
      getStretch: this.getStretch,
      onLimiterGain: (gain) => this.emit("limiter", gain),
      onExchange: () => this.emit("separator", undefined),
    });
    return this.#graph;
  }

  async #addModule({ href }: URL): Promise<void> {
    await this.context.audioWorklet.addModule(href).catch((cause: unknown) => {
      throw new DannaError("fetch", `${href} cannot be loaded; check "base-url".`, { cause });
    });
  }

  /**
   * Loads what follows a media element on the audio thread.
   * @throws DannaError "fetch"
   */
  openFollower(): Promise<void> {
    return this.#addModule(this.#files.element);
  }

  /**
   * Lets a song's own stems be heard, for which the separator is freed, or the separator that is prepared again. The
   * sources before must be silent.
   */
  hear(own: StemsGiver | undefined): void {
    const graph = this.#graph;
    if (!graph || own === this.#own) return;
    const separator = this.#separator;
    this.#own = own;
    if (own) {
      this.#separator = this.#prepared = undefined;
      // A separator that is still being loaded is the next song's.
      void graph.replace(own).then(() => separator?.dispose());
    } else if (separator) void graph.replace(separator);
    this.emit("separator", undefined);
  }

  #createSeparator(): Promise<StemSeparator> {
    const settings = this.#settings;
    const { baseUrl, model, latencyMode, backend } = settings;
    this.#made = settings;
    return createStemSeparator(this.context, {
      signal: this.#life.signal,
      onProgress: (model) => this.emit("progress", model),
      latencyMode,
      backend,
      ...(baseUrl !== undefined && { baseUrl }),
      ...(model !== undefined && { model }),
    });
  }

  /** Lets a separator be heard; resolves when it is the only one. */
  async #take(separator: StemSeparator): Promise<void> {
    this.#separator = separator;
    const isHeard = () => this.separator === separator;
    separator.on("stats", (stats) => isHeard() && this.emit("stats", stats));
    separator.on("error", (error) => isHeard() && this.emit("error", error));
    separator.on("adapt", ({ step }) => isHeard() && this.emit("adapt", step));
    // The separator's processor is told right after this, so that whatever listens fades with it.
    separator.on("latency", () => isHeard() && this.emit("latency", undefined));
    if (!this.#own) await this.#graph?.use(separator);
  }

  /**
   * Takes other settings. Another latency mode is heard at once; for another model or backend a second
   * separator is loaded beside the first, which goes on until the second is heard. Where it cannot be
   * loaded that is reported, and the first goes on.
   */
  configure(settings: SeparatorSettings): void {
    this.#settings = settings;
    if (this.#separator) this.#changing = this.#changing.then(() => this.#change());
  }

  async #change(): Promise<void> {
    const [made, wanted] = [this.#made, this.#settings];
    const before = this.#separator;
    if (!made || !before || this.#life.signal.aborted) return;
    const same = (["model", "baseUrl", "backend"] as const).every(
      (name) => String(made[name]) === String(wanted[name]),
    );
    if (same) {
      this.#made = wanted;
      if (made.latencyMode !== wanted.latencyMode) before.latencyMode = wanted.latencyMode;
      return;
    }
    try {
      const separator = await this.#createSeparator();
      const isOver = this.#life.signal.aborted || this.#separator !== before;
      if (isOver) return await separator.dispose();
      await this.#take(separator);
      await before.dispose();
    } catch (error) {
      if (!this.#life.signal.aborted) this.emit("error", error as Error);
    }
  }

  /** Address of the shifter's code. */
  get stretchFile(): string {
    return this.#files.stretch.href;
  }

  /** The shifter for so many channels; there is one, as none ends before its context. */
  getStretch = (channels = 2): Promise<StretchNode> => {
    const known = this.#stretches.get(channels);
    if (known) return known;
    const stretch = import("./stretch.ts")
      .then(({ createStretch }) => createStretch(this.context, this.stretchFile, channels))
      .catch((cause: unknown) => {
        this.#stretches.delete(channels);
        throw new DannaError("fetch", "The key and tempo shifter cannot be loaded.", { cause });
      });
    this.#stretches.set(channels, stretch);
    return stretch;
  };

  /** Lets the context run. Only a gesture does where the browser's autoplay policy holds it. */
  wake(): void {
    clearTimeout(this.#sleeping);
    wake(this.context);
  }

  /** An own context sleeps once the last sound is out, if `rests` still says so. */
  sleepSoon(rests: () => boolean): void {
    clearTimeout(this.#sleeping);
    // A media element that belongs to the context would stand still.
    if (!this.isOwn || isCapturing(this.context) || !rests()) return;
    const sleep = () => {
      if (rests() && !staysAwake(this.context) && this.context.state === "running")
        void this.context.suspend();
    };
    this.#sleeping = setTimeout(sleep, (this.latency + TAIL) * 1000);
  }

  /**
   * Where the mix is heard; "" is the system's choice.
   * @throws DannaError "platform"; DOMException where there is no such device
   */
  async setOutputDevice(deviceId: string): Promise<void> {
    const context = this.context as AudioContext & { setSinkId?(id: string): Promise<void> };
    if (!context.setSinkId) {
      throw new DannaError("platform", "This browser cannot choose the output device.");
    }
    await context.setSinkId(deviceId);
  }

  /** Frees everything but a context of the host's, or one that a media element of the page belongs to. */
  async dispose(): Promise<void> {
    clearTimeout(this.#sleeping);
    this.#life.abort(new DOMException("the player was unloaded", "AbortError"));
    this.clear();
    this.#graph?.dispose();
    await this.#separator?.dispose();
    const { context } = this;
    if (!this.isOwn || isCapturing(context) || context.state === "closed") return;
    await context.close();
  }
}
