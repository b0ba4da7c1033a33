// <stem-mixer>: the element people embed. Page thread; the face of a player, whose snapshot it renders and
// to which it dispatches what is asked of it.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { tinykeys } from "tinykeys";
import {
  DannaError,
  type Backend,
  type LatencyMode,
  type Stem,
  type StemSeparator,
} from "../src/index.ts";
import {
  createPlayer,
  type Loop,
  type Mix,
  type Player,
  type PlayerState,
  type PlayerStatus,
  type SaveOptions,
  type SourceRequest,
  type StemQuality,
} from "../src/player/index.ts";
import { Requests } from "./constants.ts";
import { MIDI_STORAGE_KEY } from "./core/midi-map.ts";
import { pageStorage } from "./core/preset-store.ts";
import {
  belongsToTarget,
  SHORTCUTS,
  shortcutsFor,
  type Action,
  type KeyTarget,
} from "./core/shortcuts.ts";
import { formatTime } from "./core/time.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import "./gain-knob.ts";
import { languageOf, textsOf } from "./language.ts";
import "./level-meter.ts";
import { Companions } from "./mixer/companions.ts";
import { tellChanges } from "./mixer/events.ts";
import { later } from "./mixer/later.ts";
import { renderPanel } from "./mixer/panels.ts";
import { PresetController } from "./mixer/presets.ts";
import { RecordPanel } from "./mixer/record-panel.ts";
import { syncSlotted } from "./mixer/slotted.ts";
import {
  isMicrophone,
  type MixerAction,
  type MixerView,
  type Panel,
  type Picture,
} from "./mixer/view.ts";
import {
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

/** Attributes that say what the player works with. */
const SETTINGS = [
  ...(["context", "destination", "model", "baseUrl", "latencyMode"] as const),
  ...(["backend", "quality", "studioModel", "feedbackGuard"] as const),
] as const;

/**
 * A mixer for the stems of whatever plays: a song from a URL or a file, an `<audio>` or
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
  @property({ reflect: true }) picture: Picture = "spectrogram";
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
  @state() private dropping = false;
  @state() private size: MixerView["size"] = "wide";
  /** @internal */ readonly midi = later(this, async () => {
    const { MidiController } = await import("./mixer/midi.ts");
    return new MidiController(this);
  });
  readonly #pictures = later(this, () => import("./pictures.ts"));
  readonly #contents = later(this, () => import("./mixer/panel-contents.ts"));
  readonly #saving = later(this, async () => {
    const { SavePanel } = await import("./mixer/save-panel.ts");
    const panel = new SavePanel(() => this.requestUpdate());
    const { saved } = this.player.state;
    if (saved) panel.files.set([saved]);
    return panel;
  });
  readonly #devices = later(this, async () => {
    const { DeviceController } = await import("./mixer/devices.ts");
    return new DeviceController(this);
  });
  readonly #recordPanel = new RecordPanel();
  readonly #presets = new PresetController(this);
  readonly #companions = new Companions(this);

  #player: Player = createPlayer();
  /** Whether the player is this mixer's own, which its attributes configure. */
  #owns = true;
  #stopFollowing: (() => void) | undefined;
  /** The snapshot that was followed last. */
  #followed = this.#player.state;
  #life: AbortController | undefined;
  #shownSecond = "";

  constructor() {
    super();
    this.#followPlayer();
  }

  // --- lifecycle ---------------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    this.#life = new AbortController();
    const { signal } = this.#life;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      action: (detail: HTMLElementEventMap[K]) => Action,
    ) => this.addEventListener(type, (event) => this.dispatch(action(event)), { signal });
    on(Requests.gain, ({ detail: { stem, gain } }) =>
      stem ? { do: "gain", stem, decibels: gain } : { do: "master", decibels: gain },
    );
    on(Requests.mute, ({ detail: { stem, muted } }) => ({ do: "mute", stem, on: muted }));
    on(Requests.solo, ({ detail: { stem, soloed } }) => ({ do: "solo", stem, on: soloed }));
    on(Requests.seek, ({ detail: { position } }) => ({ do: "seek", position }));
    on(Requests.loop, ({ detail: { loop } }) => ({ do: "loop", loop }));
    // Buttons of the host: <button commandfor="mixer" command="--play-pause">.
    this.addEventListener("command", this.#onCommand, { signal });
    for (const type of ["dragenter", "dragover", "dragleave", "drop"] as const) {
      this.addEventListener(type, this.#onDrag, { signal });
    }
    const bindings = shortcutsFor(Array.from({ length: 9 }, (_, i) => `${i}`)).map(({ keys }) => [
      keys,
      (event: KeyboardEvent) => this.#onKey(event, keys),
    ]);
    signal.addEventListener("abort", tinykeys(window, Object.fromEntries(bindings)));
    const sizes = new ResizeObserver(([{ contentRect }]) => {
      const size =
        contentRect.width < NARROW ? "narrow" : contentRect.width < MEDIUM ? "medium" : "wide";
      // In a frame of its own: a change of layout within the observer's makes the browser complain.
      requestAnimationFrame(() => (this.size = size));
    });
    sizes.observe(this);
    signal.addEventListener("abort", () => sizes.disconnect());
    signal.addEventListener("abort", onFrame(this.#frame));
    if (pageStorage()?.getItem(MIDI_STORAGE_KEY)) this.midi();
    if (this.hasUpdated && this.preload === "auto") this.dispatch({ do: "load" });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#life?.abort();
    this.#recordPanel.files.set([]);
    this.#saving.value?.files.set([]);
    this.dispatch({ do: "save-cancel" });
    // Who only moves is back by then.
    setTimeout(() => {
      if (!this.isConnected && this.#owns) this.dispatch({ do: "unload" });
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("preset") && this.preset !== "") this.applyPreset(this.preset);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (SETTINGS.some((name) => changed.has(name))) this.#configure();
    if (changed.has("src") || changed.has("for") || changed.has("source")) this.#choose();
    syncSlotted(this, this.#view);
    // What was rendered anew is empty: see #frame.
    this.#shownSecond = "";
  }

  get #view(): MixerView {
    const { openPanel, dropping, size, picture, dispatch, songName: name } = this;
    const texts = textsOf(this);
    const face = {
      openPanel,
      dropping,
      size,
      picture,
      delaysPicture: this.#companions.delaysPicture,
    };
    const clock = this.#clock;
    return {
      ...face,
      state: this.player.state,
      texts,
      lang: languageOf(this),
      name,
      clock,
      dispatch,
    };
  }

  protected override render() {
    const view = this.#view;
    const { state, texts } = view;
    return html`
      <div class="mixer" part="mixer" ?data-dropping=${this.dropping}>
        ${
          state.status === "idle"
            ? html`${renderEmpty(view)} ${renderNotice(view)}`
            : html`
                ${renderHeader(view)} ${renderNotice(view)}
                ${isMicrophone(state) ? this.#devices()?.render(texts) : nothing}
                ${renderPictures(view)} ${renderTransport(view)} ${this.#presets.render(texts)}
                ${renderStrips(view)} ${renderTools(view)}
                ${renderPanel(view, this.#panelContent(view))}
              `
        }
        <slot @slotchange=${() => syncSlotted(this, this.#view)}></slot>
      </div>
    `;
  }

  #panelContent(view: MixerView) {
    switch (view.openPanel) {
      case "record":
        return this.#recordPanel.render(view);
      case "save":
        return this.#saving()?.render(view);
      case "midi":
        return this.midi()?.render(view.texts);
      case "shortcuts":
        return this.#contents()?.renderShortcuts(view);
      case "details":
        return this.#contents()?.renderDetails(view);
      case undefined:
        return nothing;
    }
  }

  // --- the player --------------------------------------------------------------------------------

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
    if (state.nodes && !before.nodes) this.#pictures();
    if (state.recorded !== before.recorded && this.isConnected) {
      this.#recordPanel.files.set(state.recorded);
    }
    if (state.saved !== before.saved && this.isConnected) {
      this.#saving.value?.files.set(state.saved ? [state.saved] : []);
    }
    tellChanges(this, before, state);
    this.requestUpdate();
  }

  #configure(): void {
    if (!this.#owns) return;
    const { context, destination, latencyMode, backend, quality } = this;
    this.dispatch({
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
    this.dispatch({ do: "choose", source: this.#named });
    if (this.preload === "auto") this.dispatch({ do: "load" });
  }

  get #named(): SourceRequest | undefined {
    const { src: url, for: id, source } = this;
    if (url) return { kind: "url", url };
    if (id) return { kind: "element", element: () => this.#elementOf(id) };
    return source ? { kind: source } : undefined;
  }

  #elementOf(id: string): HTMLMediaElement {
    const media = (this.getRootNode() as Document | ShadowRoot).getElementById(id);
    if (media instanceof HTMLMediaElement) return media;
    throw new DannaError("input", `for="${id}" names no <audio> or <video> in this document.`);
  }

  /** @internal Sends an action to the player, or changes the face. */
  readonly dispatch = (action: MixerAction): void => void this.#do(action);

  #do(action: MixerAction): Promise<unknown> | void {
    switch (action.do) {
      case "help":
        return this.#do({ do: "panel", panel: "shortcuts" });
      case "panel":
        this.openPanel = this.openPanel === action.panel ? undefined : action.panel;
        return;
      case "picture":
        this.picture = action.picture;
        return;
      case "record":
        return this.#record(action);
      case "save":
        return this.#player.dispatch(action).catch((error: Error) => this.fail(error));
      default:
        return this.#player.dispatch(action);
    }
  }

  /** A recording of the panel's kind, under the song's name; its end shows the panel. */
  #record(action: Extract<Action, { do: "record" }>): Promise<unknown> | void {
    const { recording, status } = this.player.state;
    if (!recording && status !== "ready") return;
    this.openPanel = recording ? "record" : undefined;
    const named = { what: this.#recordPanel.kind, name: this.songName, ...action };
    return this.#player.dispatch(named).catch((error: Error) => this.fail(error));
  }

  /** @internal Shows an error and reports it to the host. */
  fail(error: Error): void {
    this.dispatch({ do: "report", error });
  }

  /** @internal */
  get failure(): Error | undefined {
    return this.player.state.error;
  }

  /** @internal The name of what plays. */
  get songName(): string {
    const { source } = this.player.state;
    const texts = textsOf(this);
    const title = (source?.isNamed ? "" : this.songTitle) || source?.title;
    if (title) return title;
    if (source?.kind === "tab") return texts.tab;
    return source?.kind === "microphone" ? texts.microphone : "";
  }

  readonly #clock = (): number => this.player.position;

  // --- what a host calls -------------------------------------------------------------------------

  /** Plays a song: a file, or a URL. Call it from a gesture, or the browser keeps it silent. */
  load(song: Blob | string | URL): Promise<void> {
    return this.#open(
      song instanceof Blob ? { kind: "file", file: song } : { kind: "url", url: song },
    );
  }

  /** Plays a microphone or line input. */
  useMicrophone(deviceId?: string): Promise<void> {
    return this.#open({ kind: "microphone", deviceId });
  }

  /** Plays another tab's sound; the browser asks which. Call it from a gesture. */
  useTab(): Promise<void> {
    return this.#open({ kind: "tab" });
  }

  #open(source: SourceRequest): Promise<void> {
    // Attributes that were set just now count.
    this.#configure();
    return this.#player.dispatch({ do: "open", source });
  }

  /** Closes what is playing and shows the drop zone, or waits for what the attributes name. */
  close(): void {
    this.dispatch({ do: "close" });
  }

  /** Tries again what failed last. */
  retry(): Promise<void> {
    return this.#player.dispatch({ do: "retry" });
  }

  /** Does what a shortcut does. */
  act(action: Action): void {
    this.dispatch(action);
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
    this.dispatch({ do: "headphones" });
  }

  /** Gains, mutes and solos. */
  get mix(): Mix {
    return this.player.state.mix;
  }

  setMix(mix: Mix): void {
    this.dispatch({ do: "mix", mix });
  }

  /** Sets a stem's gain in dB, -60 (silent) to 12. */
  setGain(stem: Stem, gain: number): void {
    this.dispatch({ do: "gain", stem, decibels: gain });
  }

  setMuted(stem: Stem, muted: boolean): void {
    this.dispatch({ do: "mute", stem, on: muted });
  }

  setSoloed(stem: Stem, soloed: boolean): void {
    this.dispatch({ do: "solo", stem, on: soloed });
  }

  /** Applies a preset by its id, a saved one by its name, or `practice:STEM`; false where unknown. */
  applyPreset(name: string): boolean {
    const mix = this.#presets.find(name);
    if (mix) this.setMix(mix);
    return mix !== undefined;
  }

  /** Keeps the mix under a name in localStorage. */
  savePreset(name: string): void {
    this.#presets.save(name);
  }

  /** Gain of the mix in dB, -60 (silent) to 12. */
  @property({ attribute: false })
  get master(): number {
    return this.player.state.master;
  }

  set master(decibels: number) {
    this.dispatch({ do: "master", decibels });
  }

  /** Whether the untouched input is heard, aligned to the sample. */
  @property({ attribute: false })
  get bypass(): boolean {
    return this.player.state.bypass;
  }

  set bypass(on: boolean) {
    this.dispatch({ do: "bypass", on });
  }

  /** Plays; loads first what has not been loaded. Call it from a gesture. */
  async play(): Promise<void> {
    // An element that was made just now has not read its attributes yet.
    await this.updateComplete;
    if (this.isConnected) await this.#player.dispatch({ do: "play" });
  }

  pause(): void {
    this.dispatch({ do: "pause" });
  }

  async togglePlay(): Promise<void> {
    await this.updateComplete;
    await this.#player.dispatch({ do: "play-pause" });
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
    this.dispatch({ do: "seek", position });
  }

  /** A–B loop in seconds; both points make it run. */
  @property({ attribute: false })
  get loop(): Loop {
    return this.player.state.loop;
  }

  set loop(loop: Loop) {
    this.dispatch({ do: "loop", loop });
  }

  /** Key shift in semitones. */
  @property({ type: Number, attribute: "key" })
  get keyShift(): number {
    return this.player.state.key;
  }

  set keyShift(semitones: number) {
    this.dispatch({ do: "key", semitones });
  }

  /** Tempo as a factor of the original. */
  @property({ type: Number })
  get tempo(): number {
    return this.player.state.tempo;
  }

  set tempo(factor: number) {
    this.dispatch({ do: "tempo", factor });
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

  // --- keys, drops, and what bypasses rendering --------------------------------------------------

  #onCommand = (event: Event): void => {
    const { command } = event as Event & { command?: string };
    const shortcut = SHORTCUTS.find(({ action }) => `--${action.do}` === command);
    if (shortcut) this.dispatch(shortcut.action);
  };

  #onKey(event: KeyboardEvent, keys: string): void {
    const { status, stems } = this.player.state;
    if (this.shortcuts === "off" || event.defaultPrevented || status === "idle") return;
    const path = event.composedPath();
    if (this.shortcuts === "focus" && !path.includes(this)) return;
    if (belongsToTarget(event.key, path[0] as KeyTarget | undefined)) return;
    const shortcut = shortcutsFor(stems).find((each) => each.keys === keys);
    if (!shortcut) return;
    event.preventDefault();
    this.dispatch(shortcut.action);
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

  /** Texts that templates leave empty. */
  #frame = (): void => {
    const position = formatTime(this.position);
    const recorded = this.player.recordedSeconds;
    const elapsed = recorded === undefined ? "" : formatTime(recorded);
    if (`${position} ${elapsed}` === this.#shownSecond) return;
    this.#shownSecond = `${position} ${elapsed}`;
    const set = (selector: string, text: string) => {
      const element = this.renderRoot.querySelector(selector);
      if (element) element.textContent = text;
    };
    set(".position", position);
    if (elapsed) set(".elapsed", elapsed);
  };
}

define("stem-mixer", StemMixer);

declare global {
  interface HTMLElementTagNameMap {
    "stem-mixer": StemMixer;
  }
}
