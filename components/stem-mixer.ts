// <stem-mixer>: the element people embed. Page thread; owns no audio itself, see audio/session.ts.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { tinykeys } from "tinykeys";
import type { Backend, LatencyMode, StemSeparator } from "../src/index.ts";
import { DannaError } from "../src/errors.ts";
import { lazy } from "../src/util/lazy.ts";
import { songName } from "../src/util/file-name.ts";
import type { Interruption } from "../src/sources/index.ts";
import type { Span } from "../src/player/ahead/regions.ts";
import type { Stem } from "../src/stems.ts";
import type { MediaKeys } from "./media-keys.ts";
import type { PictureDelay } from "./picture-delay.ts";
import { MixerSession, type SessionEvents, type StemQuality } from "../src/player/session.ts";
import { Events, Requests, type EventDetails, type MixerState } from "./constants.ts";
import { positionToDecibels, toControlDecibels, toGain } from "../src/player/decibels.ts";
import { cycleLoop, NO_LOOP, setLoopPoint, type Loop } from "../src/player/loop.ts";
import { MIDI_STORAGE_KEY, type MidiButton, type MidiKnob } from "./core/midi-map.ts";
import { changeChannel, createMix, isAudible, sameMix, type Mix } from "../src/player/mix.ts";
import { pageStorage } from "./core/preset-store.ts";
import { practice, PRESETS, type PresetId } from "../src/player/mix-presets.ts";
import { OUTLINE_COLUMNS } from "../src/player/outline.ts";
import { belongsToTarget, SHORTCUTS, type Action, type KeyTarget } from "./core/shortcuts.ts";
import { fill, type Texts } from "./core/texts.ts";
import { formatTime } from "./core/time.ts";
import { clampKey, clampTempo, KEY_RANGE, TEMPO_RANGE } from "../src/player/tuning.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import "./gain-knob.ts";
import { languageOf, textsOf } from "./language.ts";
import "./level-meter.ts";
import type { DeviceController } from "./mixer/devices.ts";
import { later } from "./mixer/later.ts";
import type { SaveOptions, SavingController } from "./mixer/saving.ts";
import { milliseconds, renderPanel, type Panel } from "./mixer/panels.ts";
import { PresetController } from "./mixer/presets.ts";
import { RecordingController } from "./mixer/recording.ts";
import { isStem } from "./mixer/stem-guard.ts";
import {
  heardGains,
  renderEmpty,
  renderHeader,
  renderNotice,
  renderPictures,
  renderStrips,
  renderTools,
  renderTransport,
} from "./mixer/views.ts";
import "./stem-strip.ts";
import { mixerStyles } from "./styles/mixer.ts";
import { buttons, theme } from "./styles/theme.ts";

/** Widths in CSS pixels below which strips lie, and below which the master does. */
const [NARROW, MEDIUM] = [640, 880];
/** How long a late hop keeps the badge marked, in milliseconds. */
const LATE_MARK = 5000;

/**
 * A mixer for the four stems of whatever plays: a song from a URL or a file, an `<audio>` or
 * `<video>` of the page, a microphone, or another tab. Nothing is loaded before the first play
 * unless `preload="auto"`.
 *
 * @tag stem-mixer
 * @attr {string} src - URL of a song.
 * @attr {string} for - `id` of an `<audio>` or `<video>` in the same document to take over.
 * @attr {"microphone"|"tab"} source - A live input instead of a song.
 * @attr {"none"|"auto"} preload - Whether to load model and song before the first play.
 * @attr {string} song-title - Title in place of the file's name.
 * @attr {string} preset - Mix to begin with: original, karaoke, guide, acappella, instrumentalDrums, noDrums, noBass, or a saved one's name.
 * @attr {number} key - Key shift in semitones, -6 to 6.
 * @attr {number} tempo - Tempo as a factor, 0.5 to 1.5.
 * @attr {"spectrogram"|"waveform"|"off"} picture - What the stage shows.
 * @attr {"light"|"dark"} theme - Colour scheme in place of the page's.
 * @attr {string} lang - Language of the texts; by default the page's.
 * @attr {"focus"|"page"|"off"} shortcuts - Where keyboard shortcuts work: inside the mixer, on the whole page, or nowhere.
 * @attr {"picture"|"off"} lip-sync - Whether to delay a video's picture by the separator's latency.
 * @attr {"on"|"off"} feedback-guard - Whether a microphone stays silent until headphones are confirmed.
 * @attr {string} model - URL of a model manifest.
 * @attr {string} base-url - Folder of the built files.
 * @attr {"monitor"|"balanced"|"safe"} latency-mode - Lowest latency, or more safety.
 * @attr {"auto"|"wasm"|"webgpu"} backend - What computes the model.
 * @attr {"auto"|"live"|"studio"} quality - Whether a song's stems get better while it plays: always, never, or where the device and its connection allow it.
 * @attr {string} studio-model - What they are computed with: a model's name, or its manifest's URL. Without it quality="studio" takes the package's own.
 *
 * @fires {CustomEvent<{state: string}>} stem-state-change - idle, waiting, loading, ready, lost or error.
 * @fires {CustomEvent<{mix: object, master: number, bypass: boolean}>} stem-mix-change - A gain, mute, solo, the master or bypass changed.
 * @fires {CustomEvent<{paused: boolean, loop: object, key: number, tempo: number}>} stem-transport-change - Playing, paused, seeked, looped, or tuned.
 * @fires {CustomEvent<{latency: number}>} stem-latency-change - Seconds by which the sound comes later than its source.
 * @fires {CustomEvent<{files: File[]}>} stem-recording - A recording is ready.
 * @fires {CustomEvent<{heard: string, ready: number, kept: boolean}>} stem-quality-change - More of the song is there in studio quality, other stems are heard, or what is ready is not kept for the next visit.
 * @fires {CustomEvent<{file: File}>} stem-saved - The song's stems are ready as a file.
 * @fires {CustomEvent<{error: Error}>} stem-error - Something failed; the message says what to do.
 *
 * @slot header - In place of title and badge.
 * @slot transport - In place of play, time, loop, key and tempo.
 * @slot strips - In place of the four strips. `<stem-strip>` and `<gain-knob stem>` in it are kept in step.
 * @slot master - In place of the master.
 * @slot tools - In place of the record, MIDI and shortcut buttons.
 * @slot empty - In place of the drop zone.
 * @slot ways - More buttons in the drop zone.
 * @slot - Anything else, below everything.
 *
 * @csspart mixer - The whole.
 * @csspart header - Title and badge.
 * @csspart title - The song's title.
 * @csspart notice - Messages: loading, errors, warnings.
 * @csspart stage - Picture with its switch.
 * @csspart picture - The `<spectrum-view>`.
 * @csspart picture-hint - What stands over the picture until something plays.
 * @csspart timeline - The `<stem-timeline>`.
 * @csspart transport - Row of play, time, loop, key, tempo.
 * @csspart play - The play button.
 * @csspart time - Position and duration.
 * @csspart stepper - Key or tempo.
 * @csspart presets - Row of presets.
 * @csspart preset - One preset.
 * @csspart strips - The strips and the master.
 * @csspart strip - One `<stem-strip>`.
 * @csspart master - The master.
 * @csspart bypass - The compare button.
 * @csspart tools - Row of tools.
 * @csspart panel - The open panel.
 * @csspart empty - The drop zone.
 *
 * @cssproperty --stem-vocals - Colour of the vocals.
 * @cssproperty --stem-drums - Colour of the drums.
 * @cssproperty --stem-bass - Colour of the bass.
 * @cssproperty --stem-other - Colour of everything else.
 * @cssproperty --stem-background - Ground of the mixer.
 * @cssproperty --stem-surface - Ground of cards and pictures.
 * @cssproperty --stem-raised - Ground of what is pointed at.
 * @cssproperty --stem-line - Hairlines.
 * @cssproperty --stem-text - Text, and the ground of what is pressed.
 * @cssproperty --stem-muted - Lesser text.
 * @cssproperty --stem-danger - Recording and overload.
 * @cssproperty [--stem-radius=0.75em] - Roundness of cards and buttons.
 * @cssproperty [--stem-font=system-ui] - Typeface.
 * @cssproperty [--stem-font-size=1rem] - Size that everything else follows.
 * @cssproperty --stem-focus - Colour of the focus ring.
 */
export class StemMixer extends LitElement {
  static override styles = [theme, buttons, mixerStyles];

  @property() src = "";
  @property() for = "";
  @property() source: "microphone" | "tab" | "" = "";
  @property() preload: "none" | "auto" = "none";
  @property({ attribute: "song-title" }) songTitle = "";
  /** Mix to begin with; later changes apply it anew. */
  @property() preset = "";
  @property({ reflect: true }) picture: "spectrogram" | "waveform" | "off" = "spectrogram";
  @property({ reflect: true }) theme: "light" | "dark" | "" = "";
  @property() shortcuts: "focus" | "page" | "off" = "focus";
  @property({ attribute: "lip-sync" }) lipSync: "picture" | "off" = "picture";
  @property({ attribute: "feedback-guard" }) feedbackGuard: "on" | "off" = "on";
  @property() model = "";
  @property({ attribute: "base-url" }) baseUrl = "";
  @property({ attribute: "latency-mode" }) latencyMode: LatencyMode = "balanced";
  @property() backend: Backend | "auto" = "auto";
  @property() quality: StemQuality = "auto";
  @property({ attribute: "studio-model" }) studioModel = "";
  /** An AudioContext of the host's; set it before the first play. */
  @property({ attribute: false }) context: AudioContext | undefined;
  /** Where the mix goes in place of the context's destination; set it before the first play. */
  @property({ attribute: false }) destination: AudioNode | undefined;

  /** @internal */ @state() openPanel: Panel | undefined;
  /** @internal */ @state() dropping = false;
  /** @internal */ @state() size: "narrow" | "medium" | "wide" = "wide";
  /** @internal */ @state() progress: SessionEvents["progress"] = NO_PROGRESS;
  /** @internal */ @state() stats: StemSeparator["stats"] | undefined;
  /** @internal */ @state() limiting = false;
  /** @internal */ @state() failure: Error | undefined;
  /** @internal */ session: MixerSession | undefined;
  /** @internal */ readonly recording = new RecordingController(this);
  /** @internal */ readonly midi = later(this, async () => {
    const { MidiController } = await import("./mixer/midi.ts");
    return new MidiController(this);
  });
  /** @internal */ readonly mediaKeys = later(this, () => import("./media-keys.ts"));
  /** @internal */ readonly pictures = later(this, () => import("./pictures.ts"));
  /** @internal */ readonly panels = later(this, () => import("./mixer/panel-contents.ts"));
  /** @internal */ readonly saving = later(this, () => this.#loadSaving());
  /** @internal */ readonly presets = new PresetController(this);
  /** @internal */ devices: DeviceController | undefined;

  #saving: Promise<SavingController> | undefined;
  #state: MixerState = "idle";
  #starting: Promise<boolean> | undefined;
  #mix = createMix();
  #master = 0;
  #bypass = false;
  #keyShift = 0;
  #tempo = 1;
  #headphones = false;
  #opener: (() => Promise<void>) | undefined;
  /** What is open is not what the attributes name; "named" has a name of its own besides. */
  #guest: "titled" | "named" | undefined;
  #lateAt = -Infinity;
  #statsAt = -Infinity;
  #life: AbortController | undefined;
  #mediaKeys: MediaKeys | undefined;
  #pictureDelay: PictureDelay | undefined;
  #shownSecond = "";

  // --- lifecycle ---------------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.addEventListener(Requests.gain, this.#onGain, { signal });
    this.addEventListener(Requests.mute, this.#onMute, { signal });
    this.addEventListener(Requests.solo, this.#onSolo, { signal });
    this.addEventListener(Requests.seek, this.#onSeek, { signal });
    this.addEventListener(Requests.loop, this.#onLoop, { signal });
    // Buttons of the host: <button commandfor="mixer" command="--play-pause">.
    this.addEventListener("command", this.#onCommand, { signal });
    for (const type of ["dragenter", "dragover", "dragleave", "drop"] as const) {
      this.addEventListener(type, this.#onDrag, { signal });
    }
    const bindings = Object.fromEntries(
      SHORTCUTS.map(({ keys, action }) => [
        keys,
        (event: KeyboardEvent) => this.#onKey(event, action),
      ]),
    );
    signal.addEventListener("abort", tinykeys(window, bindings));
    const sizes = new ResizeObserver(([entry]) => {
      const { width } = entry.contentRect;
      this.size = width < NARROW ? "narrow" : width < MEDIUM ? "medium" : "wide";
    });
    sizes.observe(this);
    signal.addEventListener("abort", () => sizes.disconnect());
    signal.addEventListener("abort", onFrame(this.#frame));
    if (pageStorage()?.getItem(MIDI_STORAGE_KEY)) this.midi();
    if (this.hasUpdated) this.#chooseSource();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#life?.abort();
    this.#closeSession();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("preset") && this.preset !== "") this.applyPreset(this.preset);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const rebuilt = ["model", "baseUrl", "latencyMode", "backend", "studioModel"] as const;
    if (rebuilt.some((name) => changed.has(name)) && this.session) {
      this.failure = undefined;
      this.#closeSession();
    }
    if (changed.has("quality")) void this.session?.setQuality(this.quality);
    if (changed.has("src") || changed.has("for") || changed.has("source")) this.#chooseSource();
    this.#syncSlotted();
    // What was rendered anew is empty: see #frame.
    this.#shownSecond = "";
  }

  protected override render() {
    const texts = textsOf(this);
    const empty = this.state === "idle";
    return html`
      <div class="mixer" part="mixer" ?data-dropping=${this.dropping}>
        ${
          empty
            ? html`${renderEmpty(this, texts)} ${renderNotice(this, texts)}`
            : html`
                ${renderHeader(this, texts)} ${renderNotice(this, texts)}
                ${this.isMicrophone ? this.devices?.render(texts) : nothing}
                ${renderPictures(this, texts)} ${renderTransport(this, texts)}
                ${this.presets.render(texts)} ${renderStrips(this, texts)}
                ${renderTools(this, texts)} ${renderPanel(this, texts)}
              `
        }
        <slot @slotchange=${() => this.#syncSlotted()}></slot>
      </div>
    `;
  }

  // --- sources -----------------------------------------------------------------------------------

  /** Plays a song: a file, or a URL. Call it from a gesture, or the browser keeps it silent. */
  load(song: Blob | string | URL): Promise<void> {
    const guest = song instanceof Blob ? "named" : "titled";
    return this.#open(guest, (session) =>
      song instanceof Blob ? session.openFile(song) : session.openUrl(song),
    );
  }

  /** Plays a microphone or line input. */
  async useMicrophone(deviceId?: string): Promise<void> {
    await this.#open("named", (session) => session.openMicrophone(deviceId));
    await this.#watchDevices();
  }

  /** Plays another tab's sound; the browser asks which. Call it from a gesture. */
  useTab(): Promise<void> {
    return this.#open("named", (session) => session.openTab());
  }

  /** Closes what is playing and shows the drop zone, or waits for what the attributes name. */
  close(): void {
    this.#chooseSource();
  }

  /** Tries again what failed last. */
  async retry(): Promise<void> {
    this.failure = undefined;
    const input = this.session?.source?.input;
    if (input) await this.session?.play();
    else if (this.#opener) await this.#start();
    this.#follow();
  }

  /** What the attributes name; it starts with the first play, or at once. */
  #chooseSource(): void {
    this.session?.close();
    this.#closeMedia();
    this.#opener = this.#namedSource();
    this.#guest = undefined;
    this.failure = undefined;
    this.#setState(this.#opener ? "waiting" : "idle");
    if (this.isMicrophone) {
      this.#loadDevices().catch((error: unknown) => this.fail(error as Error));
    }
    if (this.#opener && this.preload === "auto") void this.#start();
  }

  #namedSource(): (() => Promise<void>) | undefined {
    const { src, for: id, source } = this;
    if (src) return () => this.#getSession().openUrl(src);
    if (id) return () => this.#openElement(id);
    if (source === "microphone") {
      return async () => {
        await this.#getSession().openMicrophone();
        await this.#watchDevices();
      };
    }
    if (source === "tab") return () => this.#getSession().openTab();
    return undefined;
  }

  async #loadDevices(): Promise<DeviceController> {
    const { DeviceController } = await lazy(import("./mixer/devices.ts"));
    if (!this.devices) {
      this.devices = new DeviceController(this);
      this.requestUpdate();
    }
    return this.devices;
  }

  async #watchDevices(): Promise<void> {
    const devices = await this.#loadDevices();
    if (this.isConnected) devices.watch();
  }

  async #openElement(id: string): Promise<void> {
    const media = (this.getRootNode() as Document | ShadowRoot).getElementById(id);
    if (!(media instanceof HTMLMediaElement)) {
      throw new DannaError("input", `for="${id}" names no <audio> or <video> in this document.`);
    }
    const session = this.#getSession();
    await session.openElement(media);
    if (!(media instanceof HTMLVideoElement) || this.lipSync !== "picture") return;
    const { source } = session;
    const { PictureDelay } = await lazy(import("./picture-delay.ts"));
    if (PictureDelay.supported() && source === session.source) {
      this.#pictureDelay = new PictureDelay(media, session.latency);
    }
  }

  async #open(
    guest: "titled" | "named",
    open: (session: MixerSession) => Promise<void>,
  ): Promise<void> {
    const [lastOpener, lastGuest] = [this.#opener, this.#guest];
    const opener = () => open(this.#getSession());
    [this.#opener, this.#guest] = [opener, guest];
    if (await this.#start()) {
      this.#closeMedia();
      this.#follow();
      if (!this.isLive) await this.play();
    } else if (this.#opener === opener && this.#state === "error" && this.session?.source) {
      // What was open has never stopped; the failure is shown beside it.
      [this.#opener, this.#guest] = [lastOpener, lastGuest];
      this.#setState("ready");
      this.#follow();
    }
  }

  /** Opens the chosen source; false where that failed, which is then shown and told. */
  #start(): Promise<boolean> {
    return (this.#starting = this.#startAnew());
  }

  async #startAnew(): Promise<boolean> {
    const opener = this.#opener;
    if (!opener || !this.isConnected) return false;
    this.failure = undefined;
    this.#setState("loading");
    try {
      await opener();
    } catch (error) {
      if (this.#opener !== opener || !this.isConnected) return false;
      if ((error as Error).name === "AbortError") return false;
      this.#setState("error");
      this.fail(error as Error);
      return false;
    }
    if (this.#opener !== opener) return false;
    this.#setState("ready");
    this.#follow();
    return true;
  }

  #getSession(): MixerSession {
    if (this.session) return this.session;
    this.pictures();
    const session = new MixerSession({
      context: this.context,
      destination: this.destination,
      model: this.model || undefined,
      baseUrl: this.baseUrl || undefined,
      latencyMode: this.latencyMode,
      backend: this.backend,
      quality: this.quality,
      studioModel: this.studioModel || undefined,
      columns: OUTLINE_COLUMNS,
    });
    session.on("progress", (progress) => (this.progress = progress));
    session.on("change", () => this.#follow());
    session.on("ended", () => this.#follow());
    session.on("latency", (latency) => this.#onLatency(latency));
    session.on("stats", (stats) => this.#onStats(stats));
    session.on("quality", () => this.#onQuality());
    session.on("limiter", (gain) => (this.limiting = gain < 1));
    session.on("error", (error) => this.fail(error));
    session.setGains(this.heardGains);
    this.session = session;
    this.#sendMaster();
    session.setBypass(this.#bypass);
    void session.setKey(this.#keyShift);
    void session.setTempo(this.#tempo);
    return session;
  }

  #closeSession(): void {
    // What was recorded so far is not lost with it.
    if (this.recording.running) this.recording.stop().catch((error: Error) => this.fail(error));
    const { session } = this;
    this.session = undefined;
    this.#closeMedia();
    this.stats = undefined;
    this.progress = NO_PROGRESS;
    this.#headphones = false;
    this.#setState(this.#opener ? "waiting" : "idle");
    void session?.dispose();
  }

  #closeMedia(): void {
    this.#mediaKeys?.dispose();
    this.#mediaKeys = undefined;
    this.#pictureDelay?.dispose();
    this.#pictureDelay = undefined;
  }

  // --- state -------------------------------------------------------------------------------------

  /** idle, waiting, loading, ready, lost or error. */
  get state(): MixerState {
    return this.#state;
  }

  #setState(state: MixerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.requestUpdate();
    this.tell(Events.state, { state });
  }

  /** Takes over what the session has become. */
  #follow(): void {
    const { session } = this;
    if (!session) return;
    if (this.#state === "ready" || this.#state === "lost") {
      const lost = ["unplugged", "refused", "failed", "muted"];
      this.#setState(lost.includes(this.interruption?.reason ?? "") ? "lost" : "ready");
    }
    // A song needs no headphones, a microphone after it does.
    this.#sendMaster();
    const { transport } = session;
    this.#keyShift = session.key;
    this.#tempo = session.tempo;
    const keys = this.mediaKeys();
    if (transport && keys) {
      this.#mediaKeys ??= new keys.MediaKeys(this.songName, {
        play: () => void this.play(),
        pause: () => this.pause(),
        seekBy: (seconds) => this.seek(this.position + seconds),
        seekTo: (position) => this.seek(position),
      });
      this.#mediaKeys.update(this.paused, this.duration, this.position, this.tempo);
    }
    this.tell(Events.transport, {
      paused: this.paused,
      loop: this.loop,
      key: this.#keyShift,
      tempo: this.#tempo,
    });
    this.requestUpdate();
  }

  #onLatency(latency: number): void {
    if (this.#pictureDelay) this.#pictureDelay.delay = latency;
    this.tell(Events.latency, { latency });
    this.requestUpdate();
  }

  #onQuality(): void {
    const better = this.session?.songStems;
    this.tell(Events.quality, {
      heard: better?.heard ? "studio" : "live",
      ready: better?.ready ?? 0,
      kept: better?.kept ?? false,
    });
    this.requestUpdate();
  }

  #onStats(stats: StemSeparator["stats"]): void {
    const now = performance.now();
    if (stats.lateHops > (this.stats?.lateHops ?? 0)) this.#lateAt = now;
    // Figures that change more than once a second cannot be read.
    if (now - this.#statsAt < 1000) return;
    this.#statsAt = now;
    this.stats = stats;
  }

  /** @internal Shows an error and tells the host. */
  fail(error: Error): void {
    this.failure = error;
    this.tell(Events.error, { error });
  }

  /** @internal */
  dismiss(): void {
    this.failure = undefined;
  }

  /** @internal Sends one of the mixer's own events. */
  tell<K extends keyof EventDetails>(type: K, detail: EventDetails[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** The separator, once there is one. */
  get separator(): StemSeparator | undefined {
    return this.session?.separator;
  }

  /** Seconds by which the sound comes later than its source. */
  get latency(): number {
    return this.session?.latency ?? 0;
  }

  /** @internal */
  get interruption(): Interruption | undefined {
    const all = this.session?.source?.input?.interruptions ?? [];
    // A sleeping context is worth a word only where nothing graver is.
    return all.find(({ reason }) => reason !== "suspended") ?? all[0];
  }

  /** @internal */
  get hasEnded(): boolean {
    return this.isLive && this.session?.source?.input?.state === "ended";
  }

  /** @internal */
  get language(): string {
    return languageOf(this);
  }

  /** @internal */
  get songName(): string {
    const source = this.session?.source;
    const texts = textsOf(this);
    const title = (this.#guest === "named" ? "" : this.songTitle) || source?.title;
    if (title) return title;
    if ((source?.kind ?? this.source) === "tab") return texts.tab;
    if (this.isMicrophone) return texts.microphone;
    return this.#guest ? "" : songName(this.src);
  }

  /** @internal A song of the session's own, with key and tempo. */
  get isFile(): boolean {
    return this.session?.source?.kind === "file";
  }

  /** @internal */
  get isMicrophone(): boolean {
    const kind = this.session?.source?.kind;
    return kind === undefined ? this.source === "microphone" : kind === "microphone";
  }

  /** @internal No transport: a microphone or a tab. */
  get isLive(): boolean {
    const source = this.session?.source;
    return source ? source.transport === undefined : this.source !== "" && !this.src && !this.for;
  }

  /** @internal */
  get canClose(): boolean {
    return this.#guest !== undefined;
  }

  /** @internal */
  get canRecord(): boolean {
    return this.#state === "ready";
  }

  /** @internal Sound is running, so pictures move. */
  get isRunning(): boolean {
    if (this.#state !== "ready") return false;
    return this.isLive ? !this.hasEnded : !this.paused;
  }

  /** @internal A live input is open. */
  get isListening(): boolean {
    return this.isLive && this.session?.source !== undefined && !this.hasEnded;
  }

  /** @internal Opens a live input, or closes it until the next time. */
  async toggleListening(): Promise<void> {
    if (!this.isListening) await (this.#state === "waiting" ? this.play() : this.retry());
    else {
      this.session?.close();
      this.#setState(this.#opener ? "waiting" : "idle");
    }
  }

  /** @internal */
  get hasTimeline(): boolean {
    return !this.isLive;
  }

  /** @internal */
  get outline(): Float32Array | null {
    return this.session?.source?.outline ?? null;
  }

  /** @internal Stretches of the song that are there in studio quality. */
  get readySpans(): readonly Span[] {
    return this.session?.songStems?.spans ?? NO_SPANS;
  }

  /** @internal */
  get lateRecently(): boolean {
    return performance.now() - this.#lateAt < LATE_MARK;
  }

  /** @internal What the details say of a video's picture. */
  pictureNote(texts: Texts) {
    if (this.session?.source?.kind !== "element") return nothing;
    const latency = milliseconds(this.latency, this.language);
    return html`<p class="note">
      ${fill(this.#pictureDelay ? texts.pictureDelay : texts.pictureEarly, { latency })}
    </p>`;
  }

  // --- feedback guard ----------------------------------------------------------------------------

  /** @internal */
  get needsHeadphones(): boolean {
    return this.isMicrophone && this.feedbackGuard === "on" && !this.#headphones;
  }

  /** Lets a microphone be heard. */
  confirmHeadphones(): void {
    this.#headphones = true;
    this.#sendMaster();
    this.requestUpdate();
  }

  #sendMaster(): void {
    this.session?.setMaster(this.needsHeadphones ? 0 : toGain(this.#master));
  }

  // --- mix ---------------------------------------------------------------------------------------

  /** Gains, mutes and solos. */
  get mix(): Mix {
    return this.#mix;
  }

  setMix(mix: Mix): void {
    if (sameMix(mix, this.#mix)) return;
    this.#mix = mix;
    this.session?.setGains(this.heardGains);
    this.#mixChanged();
  }

  #mixChanged(): void {
    this.requestUpdate();
    this.tell(Events.mix, { mix: this.#mix, master: this.#master, bypass: this.#bypass });
  }

  /** Sets a stem's gain in dB, -60 (silent) to 12. */
  setGain(stem: Stem, gain: number): void {
    this.setMix(changeChannel(this.#mix, stem, { gain }));
  }

  setMuted(stem: Stem, muted: boolean): void {
    this.setMix(changeChannel(this.#mix, stem, { muted }));
  }

  setSoloed(stem: Stem, soloed: boolean): void {
    this.setMix(changeChannel(this.#mix, stem, { soloed }));
  }

  /** Applies a preset by its id, a saved one by its name, or `practice:STEM`; false where unknown. */
  applyPreset(name: string): boolean {
    const stem = name.startsWith("practice:") ? name.slice(9) : undefined;
    const mix =
      (Object.hasOwn(PRESETS, name) ? PRESETS[name as PresetId] : undefined) ??
      (isStem(stem) ? practice(stem) : this.presets.find(name)?.mix);
    if (mix) this.setMix(mix);
    return mix !== undefined;
  }

  /** Keeps the mix under a name in localStorage. */
  savePreset(name: string): void {
    this.presets.save(name);
  }

  /** Gain of the mix in dB, -60 (silent) to 12. */
  get master(): number {
    return this.#master;
  }

  set master(gain: number) {
    this.#master = toControlDecibels(gain);
    this.#sendMaster();
    this.#mixChanged();
  }

  /** Whether the untouched input is heard, aligned to the sample. */
  get bypass(): boolean {
    return this.#bypass;
  }

  set bypass(bypass: boolean) {
    this.#bypass = bypass;
    this.session?.setBypass(bypass);
    this.#mixChanged();
  }

  /** @internal */
  get heardGains(): Readonly<Record<Stem, number>> {
    return heardGains(this);
  }

  // --- transport ---------------------------------------------------------------------------------

  /** Plays; loads first what has not been loaded. Call it from a gesture. */
  async play(): Promise<void> {
    // An element that was made just now has not read its attributes yet.
    await this.updateComplete;
    if (!this.isConnected) return;
    if (this.#state === "waiting") {
      // A live input plays as it opens, and one that was refused must not be asked for twice.
      if (!(await this.#start()) || this.isLive) return;
    }
    try {
      // Also while it loads: the sound must be allowed from within the gesture.
      await this.session?.play();
      if (this.#state === "loading" && (await this.#starting) && !this.isLive)
        await this.session?.play();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  pause(): void {
    this.session?.pause();
  }

  async togglePlay(): Promise<void> {
    if (this.paused) await this.play();
    else this.pause();
  }

  get paused(): boolean {
    return this.session?.transport?.paused ?? true;
  }

  /** Seconds; 0 while unknown and for live inputs. */
  get duration(): number {
    return this.session?.transport?.duration ?? 0;
  }

  /** Seconds in the song of what is heard now. */
  get position(): number {
    return this.session?.position ?? 0;
  }

  seek(position: number): void {
    this.session?.transport?.seek(Math.min(Math.max(0, position), this.duration));
  }

  /** A–B loop in seconds; both points make it run. */
  get loop(): Loop {
    return this.session?.transport?.loop ?? NO_LOOP;
  }

  set loop(loop: Loop) {
    this.session?.transport?.setLoop(loop);
  }

  /** @internal What the loop button does. */
  cycleLoop(): void {
    this.loop = cycleLoop(this.loop, this.position, this.duration);
  }

  /** Key shift in semitones. */
  @property({ type: Number, attribute: "key" })
  get keyShift(): number {
    return this.#keyShift;
  }

  set keyShift(semitones: number) {
    this.#keyShift = clampKey(semitones);
    void this.session?.setKey(this.#keyShift).then(() => this.#follow());
    this.requestUpdate();
  }

  /** Tempo as a factor of the original. */
  @property({ type: Number })
  get tempo(): number {
    return this.#tempo;
  }

  set tempo(tempo: number) {
    this.#tempo = clampTempo(tempo);
    void this.session?.setTempo(this.#tempo).then(() => this.#follow());
    this.requestUpdate();
  }

  /** @internal */
  readonly clock = (): number => this.position;

  // --- recording ---------------------------------------------------------------------------------

  /** Records the mix, every stem, or both into a ZIP, from now on. */
  startRecording(what: "mix" | "stems" | "all" = "mix"): void {
    try {
      this.recording.start(what);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** Ends the recording and gives its files. */
  stopRecording(): Promise<readonly File[]> {
    return this.recording.stop();
  }

  /** @internal */
  toggleRecording(): void {
    if (this.recording.running) {
      this.openPanel = "record";
      void this.recording.stop().catch((error: unknown) => this.fail(error as Error));
    } else if (this.canRecord) {
      this.openPanel = undefined;
      try {
        this.recording.start();
      } catch (error) {
        this.fail(error as Error);
      }
    }
  }

  /**
   * Separates the whole song with the studio model, or else the live one, and puts the stems into a ZIP
   * of WAV files or a Stem file. Undefined where it was cancelled, or nothing is open.
   */
  async saveStems(options: SaveOptions = {}): Promise<File | undefined> {
    return (await lazy(this.#loadSaving())).save(options);
  }

  #loadSaving(): Promise<SavingController> {
    this.#saving ??= import("./mixer/saving.ts").then(
      ({ SavingController }) => new SavingController(this),
      (error: unknown) => {
        this.#saving = undefined;
        throw error;
      },
    );
    return this.#saving;
  }

  // --- requests, keys, MIDI, drops ---------------------------------------------------------------

  #onGain = ({ detail }: HTMLElementEventMap["stem-gain-request"]): void => {
    if (detail.stem) this.setGain(detail.stem, detail.gain);
    else this.master = detail.gain;
  };

  #onMute = ({ detail }: HTMLElementEventMap["stem-mute-request"]): void =>
    this.setMuted(detail.stem, detail.muted);

  #onSolo = ({ detail }: HTMLElementEventMap["stem-solo-request"]): void =>
    this.setSoloed(detail.stem, detail.soloed);

  #onSeek = ({ detail }: HTMLElementEventMap["stem-seek-request"]): void =>
    this.seek(detail.position);

  #onLoop = ({ detail }: HTMLElementEventMap["stem-loop-request"]): void => {
    this.loop = detail.loop;
  };

  #onCommand = (event: Event): void => {
    const { command } = event as Event & { command?: string };
    const shortcut = SHORTCUTS.find(({ action }) => `--${action.do}` === command);
    if (shortcut) this.act(shortcut.action);
  };

  #onKey(event: KeyboardEvent, action: Action): void {
    if (this.shortcuts === "off" || event.defaultPrevented || this.#state === "idle") return;
    const path = event.composedPath();
    if (this.shortcuts === "focus" && !path.includes(this)) return;
    if (belongsToTarget(event.key, path[0] as KeyTarget | undefined)) return;
    event.preventDefault();
    this.act(action);
  }

  /** Does what a shortcut does. */
  act(action: Action): void {
    switch (action.do) {
      case "play-pause":
        return void this.togglePlay();
      case "restart":
        return this.seek(0);
      case "bypass":
        this.bypass = !this.bypass;
        return;
      case "record":
        return this.toggleRecording();
      case "help":
        return this.togglePanel("shortcuts");
      case "seek-by":
        return this.seek(this.position + action.seconds);
      case "loop-point":
        this.loop = setLoopPoint(this.loop, action.point, this.position, this.duration);
        return;
      case "loop-clear":
        this.loop = NO_LOOP;
        return;
      case "key-by":
        this.keyShift += action.semitones;
        return;
      case "tempo-by":
        this.tempo += action.factor;
        return;
      case "mute":
        return this.setMuted(action.stem, !this.#mix[action.stem].muted);
      case "solo":
        return this.setSoloed(action.stem, !this.#mix[action.stem].soloed);
    }
  }

  /** @internal Moves a control to a share of its travel, 0 to 1. */
  setControl(knob: MidiKnob, value: number): void {
    if (knob === "master") this.master = positionToDecibels(value);
    else if (knob === "key") this.keyShift = scale(value, KEY_RANGE);
    else if (knob === "tempo") this.tempo = scale(value, TEMPO_RANGE);
    else {
      const stem = knob.slice(5);
      if (isStem(stem)) this.setGain(stem, positionToDecibels(value));
    }
  }

  /** @internal */
  pressControl(button: MidiButton): void {
    const [kind, stem] = button.split(":");
    if (isStem(stem)) this.act({ do: kind as "mute" | "solo", stem });
    else this.act({ do: kind as "play-pause" | "bypass" | "record" });
  }

  /** @internal */
  togglePanel(panel: Panel): void {
    this.openPanel = this.openPanel === panel ? undefined : panel;
  }

  #onDrag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const leaving =
      event.type === "dragleave" && !this.contains(event.relatedTarget as Node | null);
    this.dropping = event.type !== "drop" && !leaving;
    const [file] = event.type === "drop" ? event.dataTransfer.files : [];
    if (file) void this.load(file);
  };

  // --- what bypasses rendering: templates leave these texts empty --------------------------------

  #frame = (): void => {
    const position = formatTime(this.position);
    const shown = `${position} ${this.recording.elapsed}`;
    if (shown === this.#shownSecond) return;
    this.#shownSecond = shown;
    const set = (selector: string, text: string) => {
      const element = this.renderRoot.querySelector(selector);
      if (element) element.textContent = text;
    };
    set(".position", position);
    if (this.recording.running) set(".elapsed", this.recording.elapsed);
  };

  /** Controls that the host has put into slots follow the state as the mixer's own do. */
  #syncSlotted(): void {
    const nodes = this.session?.stems ?? null;
    for (const element of this.querySelectorAll(
      "stem-strip, gain-knob, level-meter, spectrum-view, stem-timeline",
    )) {
      const stem = element.getAttribute("stem");
      if (element.localName === "stem-strip" && isStem(stem)) {
        const { gain, muted, soloed } = this.#mix[stem];
        const silent = !isAudible(this.#mix, stem);
        Object.assign(element, { gain, muted, soloed, silent, node: nodes?.[stem] ?? null });
      } else if (element.localName === "gain-knob") {
        Object.assign(element, { value: isStem(stem) ? this.#mix[stem].gain : this.#master });
      } else if (element.localName === "level-meter") {
        const node = isStem(stem) ? (nodes?.[stem] ?? null) : (this.session?.output ?? null);
        Object.assign(element, { node, gain: isStem(stem) ? this.heardGains[stem] : 1 });
      } else if (element.localName === "spectrum-view") {
        Object.assign(element, { nodes, gains: this.heardGains, running: this.isRunning });
      } else if (element.localName === "stem-timeline") {
        const {
          duration,
          clock,
          outline,
          loop,
          readySpans: ready,
          isRunning: running,
          tempo: rate,
        } = this;
        Object.assign(element, { duration, clock, outline, loop, ready, nodes, running, rate });
      }
    }
  }
}

const NO_SPANS: readonly Span[] = [];

const NO_PROGRESS: SessionEvents["progress"] = {
  model: { loaded: 0, total: 0 },
  song: { loaded: 0, total: 0 },
};

const scale = (value: number, { min, max }: { min: number; max: number }) =>
  min + value * (max - min);

define("stem-mixer", StemMixer);

declare global {
  interface HTMLElementTagNameMap {
    "stem-mixer": StemMixer;
  }
}
