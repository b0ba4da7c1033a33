// An element with a player: its own, which its attributes configure, or a host's. What a host calls. Page thread.
import { LitElement, type PropertyValues } from "lit";
import { property } from "lit/decorators.js";
import {
  DannaError,
  LATENCY_MODES,
  type Backend,
  type LatencyMode,
  type Stem,
  type StemSeparator,
} from "../src/index.ts";
import {
  createPlayer,
  KEY_RANGE,
  TEMPO_RANGE,
  type Loop,
  type Mix,
  type Player,
  type PlayerState,
  type PlayerStatus,
  type SaveOptions,
  type SourceRequest,
  type StemQuality,
} from "../src/player/index.ts";
import { numeric, oneOf, warnOnce } from "./checked.ts";
import { tellChanges } from "./mixer/events.ts";

/** Attributes that say what the player works with. */
const SETTINGS = [
  ...(["context", "destination", "model", "baseUrl", "latencyMode"] as const),
  ...(["backend", "quality", "studioModel", "feedbackGuard"] as const),
] as const;

/** Mixers in the page, of whose songs one plays at a time. */
const present = new Set<PlayerElement>();

export abstract class PlayerElement extends LitElement {
  @property() src = "";
  @property() for = "";
  @oneOf("", ["microphone", "tab"])
  @property()
  source: "microphone" | "tab" | "" = "";
  @oneOf("none", ["none", "auto"])
  @property()
  preload: "none" | "auto" = "none";
  @oneOf("on", ["on", "off"])
  @property({ attribute: "feedback-guard" })
  feedbackGuard: "on" | "off" = "on";
  @property() model = "";
  @property({ attribute: "base-url" }) baseUrl = "";
  @oneOf("balanced", LATENCY_MODES)
  @property({ attribute: "latency-mode" })
  latencyMode: LatencyMode = "balanced";
  @oneOf("auto", ["auto", "wasm", "webgpu"])
  @property()
  backend: Backend | "auto" = "auto";
  @oneOf("auto", ["auto", "live", "studio"])
  @property()
  quality: StemQuality = "auto";
  @property({ attribute: "studio-model" }) studioModel = "";
  /** Whether its song plays beside those of other mixers, which pause else. */
  @property({ type: Boolean }) together = false;
  /** An AudioContext of the host's; set it before the first play. */
  @property({ attribute: false }) context: AudioContext | undefined;
  /** Where the mix goes in place of the context's destination; set it before the first play. */
  @property({ attribute: false }) destination: AudioNode | undefined;

  /** @internal The name of what plays, for its files. */
  abstract readonly songName: string;

  #player: Player = createPlayer();
  /** Whether the player is this mixer's own, which its attributes configure. */
  #owns = true;
  #stopFollowing: (() => void) | undefined;
  /** A recording would be lost with its page: the browser asks. */
  readonly #askToStay = (event: Event) => event.preventDefault();
  /** The snapshot that was followed last. */
  #followed = this.#player.state;

  constructor() {
    super();
    this.#followPlayer();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    present.add(this);
    if (this.hasUpdated && this.preload === "auto") void this.#player.dispatch({ do: "load" });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    present.delete(this);
    // An element that only moves is back by then.
    setTimeout(() => {
      if (!this.isConnected && this.#owns) void this.#player.dispatch({ do: "unload" });
    });
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (SETTINGS.some((name) => changed.has(name))) this.#configure();
    if (changed.has("src") || changed.has("for") || changed.has("source")) this.#choose();
  }

  /** @internal Shows an error and reports it to the host. */
  fail(error: Error): void {
    void this.#player.dispatch({ do: "report", error });
  }

  /** @internal What went wrong last, until the user has read it. */
  get failure(): Error | undefined {
    return this.#player.state.error;
  }

  /** What plays: the mixer's own, or one that a host gives, whose settings are then the host's. */
  @property({ attribute: false })
  get player(): Player {
    return this.#player;
  }

  set player(player: Player) {
    if (player === this.#player) return;
    if (this.#owns) void this.#player.dispose();
    this.#owns = false;
    this.#player = player;
    this.#followed = player.state;
    this.#followPlayer();
  }

  #followPlayer(): void {
    this.#stopFollowing?.();
    const player = this.#player;
    const offs = [
      player.subscribe((state) => this.#follow(state)),
      player.on("error", (error) =>
        this.dispatchEvent(new CustomEvent("stem-error", { detail: { error } })),
      ),
    ];
    this.#stopFollowing = () => offs.forEach((off) => off());
  }

  #follow(state: PlayerState): void {
    const before = this.#followed;
    this.#followed = state;
    if (state.running && !before.running) this.#pauseOthers();
    if (state.recording !== before.recording) {
      if (state.recording) addEventListener("beforeunload", this.#askToStay);
      else removeEventListener("beforeunload", this.#askToStay);
    }
    this.followed(before, state);
    tellChanges(this, before, state);
    this.requestUpdate();
  }

  /** Live inputs go on, and so does an element that both play. */
  #pauseOthers(): void {
    const { source } = this.#player.state;
    if (this.together || !source || source.isLive) return;
    for (const other of present) {
      const theirs = other.player.state.source;
      if (other.player === this.#player || other.together || !theirs || theirs.isLive) continue;
      if (!source.media || source.media !== theirs.media) other.pause();
    }
  }

  /** Takes over a change of the snapshot, before the host is told. */
  protected abstract followed(before: PlayerState, state: PlayerState): void;

  #configure(): void {
    if (!this.#owns) return;
    const { context, destination, latencyMode, backend, quality } = this;
    void this.#player.dispatch({
      do: "configure",
      settings: {
        ...{ context, destination, latencyMode, backend, quality },
        model: this.model || undefined,
        baseUrl: this.baseUrl || undefined,
        studioModel: this.studioModel || undefined,
        feedbackGuard: this.feedbackGuard === "on",
      },
    });
  }

  /** What the attributes name; it starts with the first play, or at once. */
  #choose(): void {
    if (!this.#owns) return;
    void this.#player.dispatch({ do: "choose", source: this.#named });
    if (this.preload === "auto") void this.#player.dispatch({ do: "load" });
  }

  get #named(): SourceRequest | undefined {
    const { src: url, for: id, source } = this;
    if (url) return { kind: "url", url };
    if (id) return { kind: "element", element: () => this.#elementOf(id) };
    return source ? { kind: source } : undefined;
  }

  #elementOf(id: string): HTMLMediaElement {
    // The root of an element that has left the page is no document.
    const media = (this.getRootNode() as Partial<Document>).getElementById?.(id);
    if (media instanceof HTMLMediaElement) return media;
    throw new DannaError("input", `for="${id}" names no <audio> or <video> in this document.`);
  }

  // --- what a host calls -------------------------------------------------------------------------

  /**
   * Plays a song: a file, a URL, or files of one stem each. One that ends in `.stem.mp4` brings its own stems, too. Call
   * it from a gesture, or the browser keeps it silent.
   */
  load(song: Blob | string | URL | readonly File[]): Promise<void> {
    if (song instanceof Blob) return this.open({ kind: "file", file: song });
    if (Array.isArray(song)) return this.open({ kind: "stems", files: song as readonly File[] });
    return this.open({ kind: "url", url: song as string | URL });
  }

  /** Plays a microphone or line input. */
  useMicrophone(deviceId?: string): Promise<void> {
    return this.open({ kind: "microphone", deviceId });
  }

  /** Plays another tab's sound; the browser asks which. Call it from a gesture. */
  useTab(): Promise<void> {
    return this.open({ kind: "tab" });
  }

  /** @internal */
  open(source: SourceRequest): Promise<void> {
    // Attributes that were set just now count.
    this.#configure();
    return this.#player.dispatch({ do: "open", source });
  }

  /** Closes what is playing and shows the drop zone, or waits for what the attributes name. */
  close(): void {
    void this.#player.dispatch({ do: "close" });
  }

  /** Tries again what failed last. */
  retry(): Promise<void> {
    return this.#player.dispatch({ do: "retry" });
  }

  /** idle, waiting, loading, ready, lost or error. */
  get state(): PlayerStatus {
    return this.player.state.status;
  }

  /** The separator, once there is one. */
  get separator(): StemSeparator | undefined {
    return this.player.state.nodes?.separator;
  }

  /** Seconds by which the sound comes later than its source. */
  get latency(): number {
    return this.player.state.latency;
  }

  /** Lets a microphone be heard. */
  confirmHeadphones(): void {
    void this.#player.dispatch({ do: "headphones" });
  }

  /** Gains, mutes and solos. */
  get mix(): Mix {
    return this.player.state.mix;
  }

  setMix(mix: Mix): void {
    void this.#player.dispatch({ do: "mix", mix });
  }

  /** Sets a stem's gain in dB, -60 (silent) to 12. */
  setGain(stem: Stem, gain: number): void {
    if (this.#isStem(stem)) void this.#player.dispatch({ do: "gain", stem, decibels: gain });
  }

  setMuted(stem: Stem, muted: boolean): void {
    if (this.#isStem(stem)) void this.#player.dispatch({ do: "mute", stem, on: muted });
  }

  setSoloed(stem: Stem, soloed: boolean): void {
    if (this.#isStem(stem)) void this.#player.dispatch({ do: "solo", stem, on: soloed });
  }

  /** Whether what plays has that stem; true while nobody knows. One that nobody hears would silence all by its solo. */
  #isStem(stem: Stem): boolean {
    const { nodes, stems } = this.player.state;
    if (!nodes || stems.includes(stem)) return true;
    warnOnce(`<${this.localName}>: there is no stem “${stem}”; there is ${stems.join(", ")}.`);
    return false;
  }

  /** Gain of the mix in dB, -60 (silent) to 12. */
  @property({ attribute: false })
  get master(): number {
    return this.player.state.master;
  }

  set master(decibels: number) {
    void this.#player.dispatch({ do: "master", decibels });
  }

  /** Whether the untouched input is heard, aligned to the sample. */
  @property({ attribute: false })
  get bypass(): boolean {
    return this.player.state.bypass;
  }

  set bypass(on: boolean) {
    void this.#player.dispatch({ do: "bypass", on });
  }

  /** Plays; loads first what has not been loaded. Call it from a gesture. */
  async play(): Promise<void> {
    // An element that was made just now has not read its attributes yet.
    await this.updateComplete;
    if (this.isConnected) await this.#player.dispatch({ do: "play" });
  }

  pause(): void {
    void this.#player.dispatch({ do: "pause" });
  }

  async togglePlay(): Promise<void> {
    await this.updateComplete;
    if (this.isConnected) await this.#player.dispatch({ do: "play-pause" });
  }

  get paused(): boolean {
    return this.player.state.paused;
  }

  /** Seconds; 0 while unknown and for live inputs. */
  get duration(): number {
    return this.player.state.duration;
  }

  /** Seconds in the song of what is heard now. */
  get position(): number {
    return this.player.position;
  }

  seek(position: number): void {
    void this.#player.dispatch({ do: "seek", position });
  }

  /** A–B loop in seconds; both points make it run. */
  @property({ attribute: false })
  get loop(): Loop {
    return this.player.state.loop;
  }

  set loop(loop: Loop) {
    void this.#player.dispatch({ do: "loop", loop });
  }

  /** Key shift in semitones. */
  @numeric(0, KEY_RANGE.min, KEY_RANGE.max)
  @property({ type: Number, attribute: "key" })
  get keyShift(): number {
    return this.player.state.key;
  }

  set keyShift(semitones: number) {
    void this.#player.dispatch({ do: "key", semitones });
  }

  /** Tempo as a factor of the original. */
  @numeric(1, TEMPO_RANGE.min, TEMPO_RANGE.max)
  @property({ type: Number })
  get tempo(): number {
    return this.player.state.tempo;
  }

  set tempo(factor: number) {
    void this.#player.dispatch({ do: "tempo", factor });
  }

  /** Records the mix, every stem, or both into a ZIP, from now on. */
  startRecording(what: "mix" | "stems" | "all" = "mix"): void {
    void this.#player.dispatch({ do: "record", on: true, what, name: this.songName });
  }

  /** Ends the recording and gives its files. */
  stopRecording(): Promise<readonly File[]> {
    return this.#player.dispatch({ do: "record", on: false });
  }

  /**
   * Separates the whole song with the studio model, or else the live one, and puts the stems into a ZIP
   * of WAV files or a Stem file. Undefined where it was cancelled, or nothing is open.
   */
  saveStems(options: SaveOptions = {}): Promise<File | undefined> {
    return this.#player.dispatch({ do: "save", name: this.songName, ...options });
  }
}
