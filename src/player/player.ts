// The player: one immutable snapshot, one change event, one `dispatch`. Page thread; knows no element but the
// media element that it may play.
import { DannaError } from "../index.ts";
import { contextOf, isCapturing, isUsed } from "../sources/captures.ts";
import { Emitter } from "../util/emitter.ts";
import { isRealTime } from "../util/audio-context.ts";
import { lazy } from "../util/lazy.ts";
import { detach } from "../util/audio-node.ts";
import { Scope } from "../util/scope.ts";
import type { ActionResult, PlayerAction, SaveOptions, SourceRequest } from "./actions.ts";
import type { SongImprover } from "./ahead/better-stems.ts";
import type { ElementStems } from "./element/element-stems.ts";
import type { AudioPath } from "./audio-path.ts";
import type { ElementTransport } from "./element-transport.ts";
import { createContext, isOwnContext, wake } from "./context.ts";
import { toControlDecibels, toGain } from "./decibels.ts";
import { cycleLoop, NO_LOOP, setLoopPoint, type Loop } from "./loop.ts";
import { changeChannel, channelOf, createMix, effectiveGains, sameMix, type Mix } from "./mix.ts";
import type { OpenSource } from "./open-source.ts";
import { RecordAction, type RecordHost } from "./record-action.ts";
import { defaultModel, elementOf, isLiveKind, kindOf } from "./requests.ts";
import type { SaveAction, SaveHost } from "./save-action.ts";
import type { SongSense } from "./song-sense.ts";
import { interruptionOf, sourceInfo, statusWith, unlessSame } from "./snapshot.ts";
import type * as Sound from "./sound.ts";
import type { Transport } from "./transport.ts";
import {
  DEFAULT_SETTINGS,
  initialState,
  NOTHING,
  type PlayerSettings,
  type PlayerState,
  type SourceInfo,
} from "./state.ts";
import { clampKey, clampTempo } from "./key-tempo-range.ts";
import { pause } from "../util/async.ts";

export interface PlayerEvents {
  /** Another snapshot, which is `state` too. */
  change: PlayerState;
  /** Something failed; it is `state.error` too. */
  error: Error;
}

/** Milliseconds that a song waits for stems that may be kept from before, to begin with them. */
const KEPT_WAIT = 2000;
/** Milliseconds between two figures that can be read. */
const STATS_INTERVAL = 1000;
/** Milliseconds after which a context that was to run and does not is reported. */
const WAKING = 1000;

/** Makes a player. Nothing is loaded before the first "play", "load" or "open". */
export const createPlayer = (settings: Partial<PlayerSettings> = {}): Player =>
  new Player(settings);

export class Player extends Emitter<PlayerEvents> {
  #state: PlayerState;
  #path: AudioPath | undefined;
  /** The path's context, which is made before it. */
  #context: AudioContext | undefined;
  #sound: typeof Sound | undefined;
  /** What plays or is to play, and what "choose" has named. */
  #request: SourceRequest | undefined;
  #chosen: SourceRequest | undefined;
  #source: OpenSource | undefined;
  /** What `#source` was asked for by. */
  #opened: SourceRequest | undefined;
  /** Ends with the source that is open. */
  readonly #scope = new Scope();
  #opening = new AbortController();
  #loading: Promise<boolean> | undefined;
  /** What is wished for a song before it is there. */
  #wanted: { play: boolean; position?: number | undefined; loop?: Loop | undefined } = {
    play: false,
  };
  /** Whether the user has set a tempo: else a media element keeps its own. */
  #setsTempo = false;
  #headphones = false;
  #suspended = false;
  #statsAt = -Infinity;
  #improver: SongImprover | undefined;
  /** The same for a media element. */
  #elementStems: ElementStems | undefined;
  #sense: SongSense | undefined;
  readonly #recording: RecordAction;
  #saving: SaveAction | undefined;
  /** The save that was asked for last, until it is cancelled. */
  #saveAsked: SaveOptions | undefined;

  constructor(settings: Partial<PlayerSettings>) {
    super();
    this.#state = initialState({ ...DEFAULT_SETTINGS, ...settings });
    this.#recording = new RecordAction(this.#part());
  }

  /** The present snapshot. It never changes; another takes its place. */
  get state(): PlayerState {
    return this.#state;
  }

  /** Seconds in the song of what is heard now. */
  get position(): number {
    const transport = this.#source?.transport;
    if (!transport) return this.#wanted.position ?? 0;
    const behind = transport.paused ? 0 : (this.#path?.latency ?? 0) * transport.tempo;
    return Math.max(0, transport.position - behind);
  }

  /** Seconds recorded so far; undefined while nothing is being recorded. */
  get recordedSeconds(): number | undefined {
    return this.#recording.seconds;
  }

  /** Calls `listener` with each new snapshot; returns the function that ends that. */
  subscribe(listener: (state: PlayerState) => void): () => void {
    return this.on("change", listener);
  }

  /**
   * Does what an action says. Resolves when that is done; what fails is reported as `state.error` and by
   * "error", and only "record" and "save", which give files, reject. Call "play", "open" and "retry" from
   * a gesture, or the browser keeps the sound back.
   */
  async dispatch<A extends PlayerAction>(action: A): Promise<ActionResult<A>> {
    return (await this.#do(action)) as ActionResult<A>;
  }

  #do(action: PlayerAction): unknown {
    const { mix, loop, duration, key, tempo } = this.#state;
    switch (action.do) {
      case "choose":
        return this.#choose(action.source);
      case "open":
        return this.#open(action.source);
      case "load":
        return this.#state.status === "waiting" ? this.#load() : undefined;
      case "close":
        return this.#choose(this.#chosen);
      case "retry":
        return this.#retry();
      case "report":
        return this.#fail(action.error);
      case "dismiss":
        return this.#set({ error: undefined });
      case "configure":
        return this.#configure(action.settings);
      case "unload":
        return this.#unload();
      case "play":
        return this.#play();
      case "pause":
        return this.#pause();
      case "play-pause":
        return this.#playPause();
      case "restart":
        return this.#seek(0);
      case "seek":
        return this.#seek(action.position);
      case "seek-by":
        return this.#seek(this.position + action.seconds);
      case "loop":
        return this.#setLoop(action.loop);
      case "loop-point":
        return this.#setLoop(
          setLoopPoint(loop, action.point, this.#loopTime(action.exact), duration),
        );
      case "loop-cycle":
        return this.#setLoop(cycleLoop(loop, this.#loopTime(action.exact), duration));
      case "loop-clear":
        return this.#setLoop(NO_LOOP);
      case "key":
        return this.#tune({ key: clampKey(action.semitones) });
      case "key-by":
        return this.#tune({ key: clampKey(key + action.semitones) });
      case "tempo":
        return this.#tune({ tempo: clampTempo(action.factor) });
      case "tempo-by":
        return this.#tune({ tempo: clampTempo(tempo + action.factor) });
      case "click":
        this.#set({ click: action.on ?? !this.#state.click });
        return this.#sense?.keepTime();
      case "count-in":
        this.#set({ countIn: action.on ?? !this.#state.countIn });
        return this.#sense?.keepTime();
      case "gain":
        return this.#setMix(changeChannel(mix, action.stem, { gain: action.decibels }));
      case "mute": {
        const muted = action.on ?? !channelOf(mix, action.stem).muted;
        return this.#setMix(changeChannel(mix, action.stem, { muted }));
      }
      case "solo": {
        const soloed = action.on ?? !channelOf(mix, action.stem).soloed;
        return this.#setMix(changeChannel(mix, action.stem, { soloed }));
      }
      case "mix":
        return this.#setMix(action.mix);
      case "master":
        this.#set({ master: toControlDecibels(action.decibels) });
        return this.#applyMix();
      case "bypass":
        this.#set({ bypass: action.on ?? !this.#state.bypass });
        return this.#applyMix();
      case "headphones":
        this.#headphones = true;
        return this.#follow();
      case "output-device":
        return this.#setOutputDevice(action.deviceId);
      case "record":
        return (action.on ?? !this.#recording.isRunning)
          ? this.#recording.start(
              action.what ?? "mix",
              action.name ?? this.#state.source?.title ?? "",
            )
          : this.#recording.stop();
      case "save":
        return this.#save(action);
      case "save-cancel":
        return this.#cancelSave();
    }
  }

  // --- the snapshot ------------------------------------------------------------------------------

  #set(changes: Partial<PlayerState>): void {
    const before = this.#state;
    const names = Object.keys(changes) as (keyof PlayerState)[];
    if (names.every((name) => Object.is(before[name], changes[name]))) return;
    this.#state = Object.freeze({ ...before, ...changes });
    this.emit("change", this.#state);
  }

  #fail(error: Error): void {
    this.#set({ error });
    this.emit("error", error);
  }

  /** What the parts that record and save see of it. */
  #part(): RecordHost & SaveHost {
    return {
      state: () => this.#state,
      path: () => this.#path,
      sound: () => this.#sound,
      set: (changes) => this.#set(changes),
      fail: (error) => this.#fail(error),
      improver: () => this.#getImprover(),
    };
  }

  /** Takes over what source, transport and path have become. */
  #follow(moved = false): void {
    const source = this.#source;
    const { transport, input } = source ?? {};
    const path = this.#path;
    const interruption = interruptionOf(source, this.#suspended);
    const status = statusWith(this.#state.status, interruption);
    const isReplaced = source && status === "loading" && this.#opened !== this.#request;
    const request = source ? this.#opened : this.#request;
    const info = sourceInfo(source, request, this.#chosen, this.#elementStems);
    const coming = isReplaced ? sourceInfo(undefined, this.#request, this.#chosen) : undefined;
    const counting = this.#sense?.counting;
    if (transport && status === "ready" && !counting) this.#wanted.play = !transport.paused;
    const hasEnded = info?.hasEnded ?? false;
    const paused = transport
      ? transport.paused && !this.#isStarting
      : source
        ? hasEnded
        : !this.#isStarting;
    const flows = source !== undefined && status === "ready" && !interruption && !counting;
    const running = flows && (transport ? !paused : input !== undefined && !hasEnded);
    // The page may set its element's rate itself.
    const tempo = source?.kind === "element" ? (transport?.tempo ?? 1) : this.#state.tempo;
    const rate = transport && running ? transport.tempo : 0;
    const { clock } = this.#state;
    this.#set({
      status,
      source: unlessSame(this.#state.source, info),
      coming: unlessSame(this.#state.coming, coming),
      interruption,
      paused,
      running,
      tempo,
      clock:
        moved || rate !== clock.rate
          ? { position: this.position, time: performance.now(), rate }
          : clock,
      duration: transport?.duration ?? 0,
      loop: transport?.loop ?? this.#wanted.loop ?? NO_LOOP,
      latency: path?.latency ?? 0,
      guarded: this.#isGuarded(info),
    });
    this.#applyMaster();
    if (transport?.paused || !source) path?.sleepSoon(this.#rests);
  }

  /** A song that is loaded to be played, or counted in, is not paused, though its transport does not run yet. */
  get #isStarting(): boolean {
    return (this.#loading !== undefined || !!this.#sense?.counting) && this.#wanted.play;
  }

  #isGuarded(info: SourceInfo | undefined): boolean {
    const { feedbackGuard } = this.#state.settings;
    return info?.kind === "microphone" && feedbackGuard && !this.#headphones;
  }

  // --- sources -----------------------------------------------------------------------------------

  #choose(request: SourceRequest | undefined): void {
    this.#chosen = request;
    this.#closeSource();
    // What was wished before anything was named is meant for the first that is.
    this.#wanted = this.#request ? { play: false } : { ...this.#wanted, play: false };
    this.#request = request;
    this.#set({ status: request ? "waiting" : "idle", error: undefined });
    this.#follow();
  }

  /** Aborts what is being opened, and closes what is open. */
  #closeSource(): void {
    this.#abort("another source was opened");
    this.#source?.transport?.pause();
    this.#release();
  }

  #abort(reason: string): void {
    this.#opening.abort(new DOMException(reason, "AbortError"));
    this.#opening = new AbortController();
    this.#loading = undefined;
  }

  async #open(request: SourceRequest): Promise<void> {
    const before = { request: this.#request, wanted: this.#wanted };
    const isLive = isLiveKind(kindOf(request));
    this.#request = request;
    this.#wanted = { play: !isLive };
    if (await this.#load()) return;
    if (this.#request !== request || this.#state.status !== "error" || !this.#source) return;
    // What was open has never stopped; the failure is shown beside it.
    this.#request = before.request;
    this.#wanted = before.wanted;
    this.#set({ status: "ready" });
    this.#follow();
  }

  /** Opens what is wanted, and plays it if that is wished; false where that failed, which is reported. */
  #load(): Promise<boolean> {
    this.#abort("another source was opened");
    const loading = this.#loadAnew(this.#opening.signal).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
      this.#follow();
    });
    this.#loading = loading;
    this.#follow();
    return loading;
  }

  async #loadAnew(signal: AbortSignal): Promise<boolean> {
    const request = this.#request;
    if (!request) return false;
    this.#set({
      status: "loading",
      error: undefined,
      progress: { ...this.#state.progress, song: NOTHING },
    });
    try {
      // Only a gesture lets a context run, and this may be the last chance before the loading ends.
      const context = this.#contextFor(request);
      wake(context);
      this.#sound ??= await lazy(import("./sound.ts"));
      signal.throwIfAborted();
      const path = this.#pathIn(context, this.#sound);
      path.configure(this.#separatorSettings());
      const source = await this.#sound.openSource(request, path, signal, (song) => {
        if (!signal.aborted) this.#set({ progress: { ...this.#state.progress, song } });
      });
      if (signal.aborted) {
        release(source);
        return false;
      }
      await this.#use(source, path);
      await this.#improve();
      signal.throwIfAborted();
    } catch (error) {
      if (signal.aborted || (error as Error).name === "AbortError") return false;
      this.#set({ status: "error" });
      this.#fail(error as Error);
      return false;
    }
    this.#set({ status: "ready" });
    this.#sense?.analyse();
    // A live input runs as it opens, and one that was refused must not be asked for twice.
    if (this.#wanted.play && this.#source?.transport) await this.#start();
    return true;
  }

  /** Where a source is heard: a media element in the context that it belongs to, else in the one there is. */
  #contextFor(request: SourceRequest): AudioContext {
    const known = request.kind === "element" ? contextOf(elementOf(request)) : undefined;
    // A host's context is the host's wish, and one that was closed gives no sound.
    const wanted = this.#state.settings.context ?? (known as AudioContext | undefined);
    if (wanted) return wanted;
    if (!this.#context || this.#context.state === "closed") this.#context = createContext();
    return this.#context;
  }

  #pathIn(context: AudioContext, { AudioPath }: typeof Sound): AudioPath {
    if (this.#path?.context === context) return this.#path;
    this.#leavePath();
    this.#context = context;
    const made = new AudioPath(this.#separatorSettings(), context);
    this.#path = made;
    made.on("progress", (model) => this.#set({ progress: { ...this.#state.progress, model } }));
    made.on("context", () => this.#onContext(made));
    made.on("separator", () => this.#onSeparator(made));
    made.on("latency", () => this.#onLatency(made));
    made.on("stats", (stats) => this.#onStats(stats));
    made.on("adapt", (step) => this.#set({ adapted: step > 0 }));
    made.on("limiter", (gain) => this.#set({ limiting: gain < 1 }));
    made.on("error", (error) => this.#fail(error));
    if (this.#state.outputDevice) void this.#setOutputDevice(this.#state.outputDevice);
    return made;
  }

  async #use(source: OpenSource, path: AudioPath): Promise<void> {
    const { transport, input } = source;
    const node = transport?.node ?? input?.node;
    const { graph } = path;
    if (!node || !graph) throw new DannaError("disposed", "The player was unloaded meanwhile.");
    const before = this.#source?.transport;
    if (before !== transport) before?.pause();
    this.#release();
    path.hear(source.song?.own?.node);
    this.#source = source;
    this.#opened = this.#request;
    this.#sense = source.song?.sense({
      ...this.#part(),
      path,
      stems: async (region) => this.#improver?.region(region),
      wantsPlay: () => this.#source === source && this.#wanted.play,
      follow: () => this.#follow(),
    });
    node.connect(graph.input);
    const follow = () => this.#follow();
    if (input) {
      this.#scope.add(
        input.on("interrupted", follow),
        input.on("resumed", follow),
        input.on("ended", follow),
        input.on("visibility", follow),
        input.on("rate", follow),
      );
    }
    if (transport) {
      this.#scope.add(
        transport.on("change", () => this.#follow(true)),
        transport.on("ended", () => this.#onEnded(transport)),
        transport.on("error", (error) => {
          // It plays on, as it was recorded.
          this.#set({ tempo: transport.tempo, key: 0 });
          this.#fail(error);
        }),
      );
      const { position, loop } = this.#wanted;
      this.#wanted = { play: this.#wanted.play };
      if (loop) transport.setLoop(loop);
      if (position !== undefined)
        transport.seek(Math.min(position, transport.duration || position));
    }
    this.#scope.add(
      () => detach(node, graph.input),
      () => release(source),
    );
    // A media element keeps the page's rate until the user sets a tempo.
    if (!this.#setsTempo) this.#set({ tempo: source.media?.playbackRate ?? 1 });
    await this.#applyTuning();
    this.#follow();
  }

  /** A recording ends with its song, whose last sound is still on its way. */
  #onEnded(transport: Transport): void {
    this.#follow(true);
    const end = () => {
      const isOver = this.#source?.transport === transport && transport.paused;
      if (isOver) void this.#recording.end();
    };
    setTimeout(end, (this.#path?.latency ?? 0) * 1000);
  }

  /** Frees the source. What is recorded of it is given. */
  #release(): void {
    if (this.#source) void this.#recording.end();
    this.#cancelSave();
    this.#improver?.dispose();
    this.#improver = undefined;
    this.#elementStems?.dispose();
    this.#elementStems = undefined;
    this.#sense?.dispose();
    this.#sense = undefined;
    this.#path?.graph?.unblend();
    this.#scope.end();
    this.#source = undefined;
    this.#suspended = false;
  }

  async #retry(): Promise<void> {
    const { separator } = this.#path ?? {};
    this.#set({ error: undefined });
    if (separator?.state === "failed") separator.restart();
    else if (this.#state.status === "error" || !this.#source) await this.#load();
    else await this.#start();
    this.#follow();
  }

  // --- settings ----------------------------------------------------------------------------------

  #configure(changes: Partial<PlayerSettings>): void {
    const before = this.#state.settings;
    const settings = { ...before, ...changes };
    const differs = (...names: (keyof PlayerSettings)[]) =>
      names.some((name) => String(settings[name]) !== String(before[name]));
    this.#set({ settings });
    this.#path?.configure(this.#separatorSettings());
    const remade = differs("model", "baseUrl", "backend");
    if (this.#state.status === "error" && (remade || differs("latencyMode", "studioModel"))) {
      // What failed may come with the other settings.
      this.#set({ status: this.#request ? "waiting" : "idle", error: undefined });
    }
    if (remade && this.#path && !this.#path.heard) {
      this.#leavePath();
      if (this.#state.status === "loading") void this.#load();
    }
    if (differs("quality", "studioModel")) void this.#improve();
    this.#follow();
  }

  /** The settings, with the model that suits the source where none is named. */
  #separatorSettings(): PlayerSettings {
    const { settings } = this.#state;
    const model = settings.model ?? defaultModel(this.#request?.kind, settings.latencyMode);
    return { ...settings, model };
  }

  #leavePath(): void {
    const path = this.#path;
    if (!path) return;
    this.#release();
    this.#path = undefined;
    if (this.#context === path.context) this.#context = undefined;
    void path.dispose();
    this.#set({ nodes: undefined, stats: undefined });
  }

  async #unload(): Promise<void> {
    const path = this.#path;
    const source = this.#source;
    this.#abort("the player was unloaded");
    const recorded = this.#recording.end();
    this.#release();
    const context = this.#context;
    this.#path = this.#context = undefined;
    this.#headphones = false;
    this.#wanted = { play: false };
    this.#set({
      status: this.#request ? "waiting" : "idle",
      nodes: undefined,
      stats: undefined,
      better: undefined,
      progress: { model: NOTHING, song: NOTHING },
    });
    this.#follow();
    // A context that sleeps gives no last block, and one that is closed ends the recording too.
    if (path?.context.state === "running") await recorded;
    if (path) await path.dispose();
    else if (context && isOwnContext(context) && !isCapturing(context)) await context.close();
    // The context of a media element goes on for it, and wakes when it plays.
    const media = source?.media;
    if (path?.isOwn && media?.paused && !isUsed(media)) void path.context.suspend();
  }

  // --- better stems ------------------------------------------------------------------------------

  get #wantsBetter(): boolean {
    const { quality, studioModel } = this.#state.settings;
    const { song, media, mayImprove } = this.#source ?? {};
    if (song?.own) return true;
    if (!(song ?? media) || quality === "live") return false;
    return quality === "studio" || (studioModel !== undefined && !!mayImprove);
  }

  /** A song begins with stems that are kept from before, where they come soon. What fails is reported. */
  async #improve(): Promise<void> {
    this.#improver?.leave();
    this.#elementStems?.leave();
    if (!this.#wantsBetter) return;
    try {
      if (this.#source?.media) return await this.#improveElement(this.#source);
      const improving = (await this.#getImprover())?.improve();
      await (this.#source?.song?.own ? improving : Promise.race([improving, pause(KEPT_WAIT)]));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** A media element plays on, while its file is read. */
  async #improveElement(source: OpenSource): Promise<void> {
    const { ElementStems } = await lazy(import("./element/element-stems.ts"));
    const path = this.#path;
    const { media, transport } = source;
    if (!path || source !== this.#source || !media || !this.#wantsBetter) return;
    this.#elementStems ??= new ElementStems({
      ...this.#part(),
      ...{ element: media, transport: transport as ElementTransport, path },
      follow: () => this.#follow(),
    });
    this.#elementStems.improve();
  }

  /** For the song that is open; undefined without one. */
  async #getImprover(): Promise<SongImprover | undefined> {
    const { SongImprover } = await lazy(import("./ahead/better-stems.ts"));
    const path = this.#path;
    const song = this.#source?.song;
    if (!path || !song) return this.#elementStems?.improver;
    return (this.#improver ??= new SongImprover({
      settings: () => this.#state.settings,
      path,
      song,
      onChange: (better) => {
        this.#set({ better });
        if (better?.ready === 1) this.#sense?.refine();
      },
      onError: (error) => this.#fail(error),
    }));
  }

  async #save(options: SaveOptions): Promise<File | undefined> {
    if (!this.#source?.song && !this.#elementStems?.improver) return undefined;
    this.#saveAsked = options;
    const { SaveAction } = await lazy(import("./save-action.ts"));
    if (this.#saveAsked !== options) return undefined;
    this.#saving ??= new SaveAction(this.#part());
    return this.#saving.save(options);
  }

  #cancelSave(): void {
    this.#saveAsked = undefined;
    this.#saving?.cancel();
  }

  // --- transport ---------------------------------------------------------------------------------

  async #play(): Promise<void> {
    const { status } = this.#state;
    this.#wanted.play = true;
    this.#path?.wake();
    if (status === "waiting" || status === "error" || this.#isReplaced()) {
      await this.#load();
    } else if (this.#loading) {
      this.#follow();
      await this.#loading;
    } else await this.#start();
    this.#follow();
  }

  /** The page has put another element in the place of the one that plays. */
  #isReplaced(): boolean {
    const request = this.#request;
    if (request?.kind !== "element" || !this.#source) return false;
    try {
      return elementOf(request) !== this.#source.media;
    } catch {
      return false;
    }
  }

  /** Lets what is open be heard. */
  async #start(): Promise<void> {
    const source = this.#source;
    this.#path?.wake();
    this.#suspended = false;
    setTimeout(() => this.#look(), WAKING);
    try {
      await source?.input?.resume();
      if (this.#sense?.counting) return;
      const begins = await this.#sense?.countIn();
      if (begins !== "ended") await source?.transport?.play(begins);
    } catch (error) {
      this.#wanted.play = false;
      this.#fail(error as Error);
    }
  }

  #pause(): void {
    this.#wanted.play = false;
    this.#suspended = false;
    this.#sense?.stopCounting();
    this.#source?.transport?.pause();
    this.#follow();
  }

  #playPause(): Promise<void> | void {
    const { source, paused, interruption, status } = this.#state;
    if (source?.isLive) {
      if (!source.isOpen) return this.#play();
      if (source.hasEnded || status === "lost") return this.#retry();
      this.#closeSource();
      this.#wanted = { play: false };
      this.#set({ status: "waiting" });
      return this.#follow();
    }
    return paused || interruption?.reason === "suspended" ? this.#play() : this.#pause();
  }

  #seek(position: number): void {
    const { duration } = this.#state;
    const at = Math.max(0, duration > 0 ? Math.min(position, duration) : position);
    const transport = this.#source?.transport;
    if (this.#state.status === "loading" || !transport) {
      if (!this.#state.source?.isLive) this.#wanted.position = at;
      return this.#follow();
    }
    this.#sense?.stopCounting();
    transport.seek(Math.min(at, transport.duration));
    this.#follow(true);
  }

  /** Where a loop's point is set now: at the nearest beat where those are known. */
  #loopTime(exact = false): number {
    const { position } = this;
    return exact ? position : (this.#sense?.onBeat(position) ?? position);
  }

  #setLoop(loop: Loop): void {
    const transport = this.#source?.transport;
    if (this.#state.status !== "loading" && transport) transport.setLoop(loop);
    else this.#wanted.loop = loop;
    this.#follow();
  }

  async #tune(changes: { key?: number; tempo?: number }): Promise<void> {
    if (changes.tempo !== undefined) this.#setsTempo = true;
    this.#set(changes);
    await this.#applyTuning();
    this.#follow();
  }

  async #applyTuning(): Promise<void> {
    const transport = this.#source?.transport;
    const { key, tempo } = this.#state;
    this.#elementStems?.follow();
    try {
      if (transport && transport.tempo !== tempo) await transport.setTempo(tempo);
      await transport?.setKey?.(this.#state.key);
      // A transport that shifts by itself leaves the graph's shifter out.
      await this.#path?.graph?.setKey(transport?.setKey ? 0 : this.#state.key);
    } catch (error) {
      if (this.#state.key === key) this.#set({ key: 0 });
      this.#fail(error as Error);
    }
    if (this.#path) this.#set({ latency: this.#path.latency });
  }

  // --- mix ---------------------------------------------------------------------------------------

  #setMix(mix: Mix): void {
    if (sameMix(mix, this.#state.mix)) return;
    this.#set({ mix });
    this.#applyMix();
  }

  #applyMix(): void {
    const { mix, stems, bypass } = this.#state;
    const graph = this.#path?.graph;
    graph?.setGains(effectiveGains(mix, stems));
    graph?.setBypass(bypass);
    this.#applyMaster();
  }

  #applyMaster(): void {
    const { guarded, master } = this.#state;
    this.#path?.graph?.setMaster(guarded ? 0 : toGain(master));
  }

  async #setOutputDevice(outputDevice: string): Promise<void> {
    const path = this.#path;
    try {
      await path?.setOutputDevice(outputDevice);
      this.#set({ outputDevice });
    } catch (error) {
      const { sinkId } = (path?.context ?? {}) as { sinkId?: unknown };
      this.#set({ outputDevice: typeof sinkId === "string" ? sinkId : "" });
      this.#fail(error as Error);
    }
  }

  // --- what the path and the transport report ----------------------------------------------------

  /** The context of a song that should sound was suspended, or has come back. */
  #onContext(path: AudioPath): void {
    if (path !== this.#path) return;
    if (path.context.state === "closed") {
      this.#abort("the context was closed");
      this.#release();
      this.#path = this.#context = undefined;
      void path.dispose();
      this.#set({ status: "error", stats: undefined });
      return this.#fail(
        new DannaError("disposed", "The AudioContext was closed: play again with another one."),
      );
    }
    this.#look();
    this.#follow();
  }

  #look(): void {
    const transport = this.#source?.transport;
    const { context } = this.#path ?? {};
    const isSilent = context && isRealTime(context) && context.state !== "running";
    const suspended = isSilent === true && transport !== undefined && !transport.paused;
    if (suspended === this.#suspended) return;
    this.#suspended = suspended;
    this.#follow();
  }

  #onSeparator(path: AudioPath): void {
    const { graph, separator, context } = path;
    if (!graph || path !== this.#path) return;
    const stems = Object.keys(graph.stems);
    const same = stems.join() === this.#state.stems.join();
    this.#set({
      nodes: { context, separator, output: graph.output, stems: graph.stems },
      // Figures are a separator's.
      ...(!separator && { stats: undefined }),
      ...(separator !== this.#state.nodes?.separator && { adapted: false }),
      ...(!same && { stems, mix: createMix(this.#state.mix, stems) }),
    });
    this.#applyMix();
    this.#onLatency(path);
    // They belong to the separator that is not heard any more.
    if (this.#improver || this.#elementStems) void this.#improve();
  }

  #onLatency(path: AudioPath): void {
    const { heard } = path;
    if (heard) {
      this.#source?.song?.player.setLatency(heard.latency);
      this.#elementStems?.setLatency(heard.latency);
    }
    this.#set({ latency: path.latency });
    this.#sense?.follow();
  }

  #onStats(stats: NonNullable<PlayerState["stats"]>): void {
    const now = performance.now();
    if (stats.lateHops > (this.#state.stats?.lateHops ?? 0)) this.#set({ lateAt: now });
    if (now - this.#statsAt < STATS_INTERVAL) return;
    this.#statsAt = now;
    this.#set({ stats });
  }

  /** A paused song, or none, needs no processor. */
  #rests = (): boolean => {
    const source = this.#source;
    if (this.#recording.isRunning || this.#loading || this.#sense?.counting) return false;
    return !source || (source.kind === "file" && source.transport?.paused === true);
  };

  /** Frees everything. The player cannot be used again. */
  async dispose(): Promise<void> {
    await this.#unload();
    this.clear();
  }
}

function release({ transport, input }: OpenSource): void {
  void transport?.dispose();
  input?.dispose();
}
