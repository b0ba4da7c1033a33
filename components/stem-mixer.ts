// <stem-mixer>: the element people embed. Page thread; the face of a player, whose snapshot it renders and
// to which it dispatches what is asked of it.
import { adoptStyles, html, nothing, type CSSResultOrNative, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import type { PlayerAction, PlayerState } from "../src/player/index.ts";
import { oneOf } from "./checked.ts";
import { MIDI_STORAGE_KEY, OWN_MODEL_STORAGE_KEY } from "./constants.ts";
import { pageStorage } from "./core/preset-store.ts";
import type { Action } from "./core/shortcuts.ts";
import { stemName } from "./core/texts.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import "./gain-knob.ts";
import { languageOf, textsOf } from "./language.ts";
import { cameBack } from "./mixer/came-back.ts";
import { FocusController } from "./mixer/focus.ts";
import { later } from "./mixer/later.ts";
import { LayoutController } from "./mixer/layout.ts";
import { listen } from "./mixer/listen.ts";
import type { PanelController } from "./mixer/panel-controller.ts";
import { PresetController } from "./mixer/presets.ts";
import { RunningTexts } from "./mixer/running-texts.ts";
import { folderAmong, handlesOf, takeFrom } from "./mixer/take.ts";
import {
  isMicrophone,
  shownState,
  songName,
  type MixerAction,
  type MixerView,
  type Picture,
} from "./mixer/view.ts";
import {
  renderHeader,
  renderLanes,
  renderMaster,
  renderNotice,
  renderTransport,
} from "./mixer/views.ts";
import { PlayerElement } from "./player-element.ts";
import "./stem-strip.ts";
import { mixerStyles } from "./styles/mixer.ts";
import { buttons, theme } from "./styles/theme.ts";

/** What in its slots follows the player. */
const CONTROLS = "stem-strip, gain-knob, level-meter, spectrum-view, stem-timeline";

/**
 * A mixer for the stems of whatever plays: a song from a URL or a file, an `<audio>` or
 * `<video>` of the page, a microphone, or another tab. Nothing is loaded before the first play
 * unless `preload="auto"`.
 *
 * @tag stem-mixer
 * @attr {string} src - URL of a song.
 * @attr {string} for - `id` of an `<audio>` or `<video>` in the same document to take over.
 * @attr {"microphone"|"tab"} source - A live input instead of a song.
 * @attr {boolean} together - Whether its song plays beside those of other mixers, which pause else.
 * @attr {"none"|"auto"} preload - Whether to load model and song before the first play.
 * @attr {string} song-title - Title in place of the file's name.
 * @attr {string} preset - Mix to begin with: original, karaoke, guide, acappella, instrumentalDrums, noDrums, noBass, practice:STEM (without it), only:STEM, or a saved one's name.
 * @attr {number} key - Key shift in semitones, -6 to 6.
 * @attr {number} tempo - Tempo as a factor, 0.5 to 1.5.
 * @attr {"spectrogram"|"waveform"|"off"} picture - What is drawn of the mix below the lanes.
 * @attr {"full"|"compact"|"auto"} layout - A lane for each stem, or 150 to 180 pixels; by default the latter in slots lower than 480 pixels.
 * @attr {"light"|"dark"} theme - Colour scheme in place of the page's.
 * @attr {boolean} song-link - Whether the fragment of the page's address may name song, mix, key, tempo and loop (#song=…), is kept up to date with them, and can be copied.
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
 * @fires {CustomEvent<{files: File[]}>} stem-files-request - Files were dropped on it; it plays the first song among them unless the default is prevented.
 *
 * @slot header - In place of the title.
 * @slot transport - In place of play, time, loop, key and tempo.
 * @slot strips - In place of the lanes' controls; one waveform then stands for all. `<stem-strip>` and `<gain-knob stem>` in it are kept in step.
 * @slot master - In place of the master.
 * @slot tools - In place of export and further tools, below everything.
 * @slot empty - In place of the drop zone.
 * @slot ways - More buttons in the drop zone, before its own.
 * @slot - Anything else, below everything.
 *
 * @csspart mixer - The whole.
 * @csspart header - Title and what closes the song.
 * @csspart title - The song's title.
 * @csspart artist - Who plays it, by its tags.
 * @csspart notice - Messages: errors, warnings.
 * @csspart loading - How far loading is.
 * @csspart stage - The waveforms with what stands over them.
 * @csspart picture - The `<spectrum-view>`.
 * @csspart picture-switch - The button that shows it.
 * @csspart picture-hint - What stands over the waveforms until something plays.
 * @csspart timeline - The `<stem-timeline>`.
 * @csspart transport - Row of play, time, loop, key, tempo.
 * @csspart play - The play button.
 * @csspart time - Position and duration.
 * @csspart stepper - Key or tempo.
 * @csspart loop-button - The button that sets and clears the loop.
 * @csspart presets - Row of mixes.
 * @csspart preset - One mix.
 * @csspart strips - The lanes.
 * @csspart strip - One `<stem-strip>`.
 * @csspart master - The master.
 * @csspart bypass - The compare button.
 * @csspart tool - A button that opens a panel; also by its panel's name: save, record, more, mixes, details. "export" exports what is heard at once.
 * @csspart expand - The button that opens a compact mixer.
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
export class StemMixer extends PlayerElement {
  static override styles = [theme, buttons, mixerStyles];

  @property({ attribute: "song-title" }) songTitle = "";
  /** Mix to begin with; later changes apply it anew. */
  @property() preset = "";
  @oneOf("off", ["spectrogram", "waveform", "off"])
  @property({ reflect: true })
  picture: Picture = "off";
  @oneOf("auto", ["full", "compact", "auto"])
  @property({ reflect: true })
  layout: "full" | "compact" | "auto" = "auto";
  @oneOf("", ["light", "dark"]) @property({ reflect: true }) theme: "light" | "dark" | "" = "";
  @oneOf("focus", ["focus", "page", "off"])
  @property()
  shortcuts: "focus" | "page" | "off" = "focus";
  @property({ type: Boolean, attribute: "song-link" }) songLink = false;
  @oneOf("picture", ["picture", "off"])
  @property({ attribute: "lip-sync" })
  lipSync: "picture" | "off" = "picture";
  /** @internal */ @state() dropping = false;
  /** @internal What waits for the panels. */
  @state() wish: ((panels: PanelController) => void) | undefined;
  /** @internal */ readonly midi = later(this, () =>
    import("./mixer/midi.ts").then(({ MidiController }) => new MidiController(this)),
  );
  readonly #pictures = later(this, () => import("./drawings.ts"));
  readonly #empty = later(this, async () => {
    const part = await import("./mixer/empty.ts");
    this.adopt(part.emptyStyles);
    return part;
  });
  readonly #devices = later(this, () =>
    import("./mixer/devices.ts").then(({ DeviceController }) => new DeviceController(this)),
  );
  readonly #facts = later(this, () => import("./core/song-facts.ts"));
  readonly #slotted = later(this, () => import("./mixer/slotted.ts"));
  /** @internal */ readonly presets = new PresetController(this);
  readonly #panels = later(this, () =>
    import("./mixer/panel-controller.ts").then(({ PanelController }) => new PanelController(this)),
  );
  readonly #companions = later(this, () =>
    import("./mixer/companions.ts").then(({ Companions }) => new Companions(this)),
  );
  readonly #layout = new LayoutController(this);
  readonly #running = new RunningTexts(this);

  #life: AbortController | undefined;
  #styles: CSSResultOrNative[] = [];

  constructor() {
    super();
    this.addController(new FocusController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#life = new AbortController();
    const { signal } = this.#life;
    listen(this, signal);
    signal.addEventListener("abort", onFrame(this.#running.write));
    if (pageStorage()?.getItem(MIDI_STORAGE_KEY)) this.midi();
    if (pageStorage()?.getItem(OWN_MODEL_STORAGE_KEY)) this.#panels();
    if (cameBack()) this.#companions();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#life?.abort();
    this.dispatch({ do: "save-cancel" });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("preset") && this.preset) this.presets.begin(this.preset);
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    if (this.songLink) this.#panels()?.loadLinks();
    if (this.player.state.nodes) this.#companions();
    const panels = this.wish && this.#panels();
    if (panels) {
      this.wish?.(panels);
      this.wish = undefined;
    }
    const controls = this.querySelectorAll(CONTROLS);
    if (controls.length > 0) this.#slotted()?.syncSlotted(controls, this.#view);
    this.#running.forget();
  }

  get #view(): MixerView {
    const { dropping, picture, dispatch } = this;
    const { current: layout, expanded } = this.#layout;
    const state = shownState(this.player.state);
    const delaysPicture = this.#companions.value?.delaysPicture ?? false;
    const texts = textsOf(this);
    const name = songName(state, this.songTitle, texts);
    const facts = state.analysis && this.#facts()?.songFacts(state, texts);
    const words = { texts, lang: languageOf(this), name, facts };
    const openPanel = this.#panels.value?.open;
    const face = { openPanel, dropping, layout, expanded, picture, delaysPicture };
    const has = (name: string) => this.querySelector(`:scope > [slot=${name}]`) !== null;
    const slots = { strips: has("strips"), tools: has("tools"), transport: has("transport") };
    return { ...words, ...face, slots, state, clock: this.#clock, dispatch };
  }

  protected override render() {
    const view = this.#view;
    const panel = this.#panels.value?.render(view) ?? html`<div id="panel" hidden></div>`;
    // Before its first update a mixer does not know yet what its attributes name.
    const isEmpty = !this.src && !this.for && !this.source;
    const { texts, state } = view;
    const names = state.stems.map((stem) => stemName(texts, stem).length);
    return html`
      <div
        class="mixer"
        part="mixer"
        data-layout=${view.layout}
        data-size=${this.#layout.size}
        ?data-least=${this.#layout.isLeast}
        ?data-dropping=${this.dropping}
        .style="--_name:${Math.max(...names)}"
        popover=${view.expanded ? "manual" : nothing}
      >
        ${
          state.status === "idle"
            ? html`<div class="room">
                  ${isEmpty ? this.#empty()?.renderEmpty(view, this) : nothing}
                </div>
                ${renderNotice(view)} ${panel}`
            : html`
                <div class="top">${renderHeader(view)} ${renderNotice(view)} ${panel}</div>
                ${isMicrophone(state) ? this.#renderDevices(view) : nothing}
                ${renderTransport(view, this.presets.render(view))} ${renderLanes(view)}
                ${renderMaster(view)}
                <slot name="tools"></slot>
              `
        }
        <slot @slotchange=${() => this.requestUpdate()}></slot>
      </div>
    `;
  }

  #renderDevices({ texts }: MixerView) {
    this.#panels()?.loadStyles();
    return this.#devices()?.render(texts);
  }

  /** @internal */
  adopt(styles: CSSResultOrNative): void {
    this.#styles.push(styles);
    adoptStyles(this.renderRoot as ShadowRoot, [...StemMixer.elementStyles, ...this.#styles]);
  }

  protected override followed(before: PlayerState, state: PlayerState): void {
    if (state.nodes && !before.nodes) this.#pictures();
    // The files of a mixer that has left the page would never be freed.
    if (!this.isConnected) return;
    if (state.recording) this.#panels();
    this.#panels.value?.follow(before, state);
  }

  /** @internal Sends an action to the player, or changes the face. */
  readonly dispatch = (action: MixerAction): void => void this.#do(action);

  #do(action: MixerAction): Promise<unknown> | void {
    if (action.do === "help") return this.#do({ do: "panel", panel: "shortcuts" });
    if (action.do === "panel") this.wish = (panels) => panels.toggle(action.panel);
    else if (action.do === "zoom")
      this.renderRoot.querySelector("stem-timeline")?.zoomBy?.(action.by);
    else if (action.do === "take") this.takeFiles(action.files);
    else if (action.do === "expand") this.#layout.toggle();
    else if (action.do === "picture") this.picture = this.picture === "off" ? "spectrogram" : "off";
    else if (action.do === "record") return this.#record(action);
    else if (action.do === "save") this.wish = (panels) => void panels.save(action);
    else return this.#send(action);
  }

  #send(action: PlayerAction): Promise<unknown> {
    return this.player.dispatch(action).catch((error: Error) => this.fail(error));
  }

  /** @internal Closes what is open; false where nothing is. */
  dismiss(): boolean {
    if (this.#panels.value?.open) this.#panels.value.show(undefined);
    else if (this.#layout.expanded) this.#layout.toggle();
    else return false;
    return true;
  }

  /** A recording of the panel's kind, under the song's name; its end shows the panel. */
  #record(action: Extract<Action, { do: "record" }>): Promise<unknown> | void {
    const { recording, status } = this.player.state;
    if (!recording && status !== "ready") return;
    this.wish = (panels) => panels.show(recording ? "record" : undefined);
    const what = this.#panels.value?.recordingKind ?? "mix";
    return this.#send({ what, name: this.songName, ...action });
  }

  /** @internal */
  override get songName(): string {
    return songName(this.player.state, this.songTitle, textsOf(this));
  }

  readonly #clock = (): number => (this.player.state.coming ? 0 : this.player.position);

  /**
   * Does what dropping files on it does: plays the song whose stems they are, or else the first that is no text,
   * unless someone prevents it.
   */
  takeFiles(files: readonly File[]): void {
    takeFrom(this, files);
  }

  /** The same for what is dropped beside it: files, or a folder with a song's stems. */
  takeDrop({ items, files }: DataTransfer): void {
    takeFrom(this, [...files], folderAmong(items), handlesOf(items));
  }

  /** @internal */
  offerModel(files: readonly File[]): void {
    this.wish = (panels) => void panels.offerModel(files);
  }

  /** Does what a shortcut does. */
  act(action: Action): void {
    this.dispatch(action);
  }

  /** Applies a mix by its id, a saved one by its name, `practice:STEM` or `only:STEM`; false where unknown. */
  applyPreset(name: string): boolean {
    const preset = this.presets.find(name);
    if (preset) this.presets.apply(preset);
    return preset !== undefined;
  }

  /** Keeps the mix under a name in localStorage. */
  savePreset(name: string): void {
    this.presets.save(name);
  }
}

define("stem-mixer", StemMixer);

declare global {
  interface HTMLElementTagNameMap {
    "stem-mixer": StemMixer;
  }
}
