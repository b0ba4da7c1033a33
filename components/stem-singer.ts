// <stem-singer>: someone who sings to what a mixer plays: microphone, takes. Page thread; the face of a singer,
// whose snapshot it renders.
import { html, LitElement, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import type { Player } from "../src/player/index.ts";
import {
  createSinger,
  type Singer,
  type SingerState,
  type Take,
} from "../src/player/singer/index.ts";
import { oneOf } from "./checked.ts";
import { Events } from "./constants.ts";
import "./core/texts-karaoke.ts";
import "./core/texts-more.ts";
import { errorText } from "./core/error-text.ts";
import { fill, type Texts } from "./core/texts.ts";
import { formatTime } from "./core/time.ts";
import { define } from "./define.ts";
import { renderError } from "./error-message.ts";
import { onFrame } from "./frames.ts";
import "./gain-knob.ts";
import "./level-meter.ts";
import { keepFocusIn } from "./keep-focus.ts";
import { PlayerLink } from "./karaoke/player-link.ts";
import { languageOf, textsOf } from "./language.ts";
import { FileLinks } from "./mixer/file-links.ts";
import { milliseconds } from "./mixer/panels.ts";
import { singerStyles } from "./styles/singer.ts";
import { buttons, theme } from "./styles/theme.ts";

/** Milliseconds for which the voice's level must rest until the take is mixed anew. */
const SETTLED = 300;

/** Errors that say more of a microphone to sing into than of other devices. */
const ownTexts = ({ trouble }: SingerState) =>
  ({
    input: "singerNoSong",
    device: trouble && (trouble === "howls" ? "singerHowls" : "singerUnheard"),
  }) as const;

const FORMATS = ["mp3", "flac", "wav24"] as const;

/**
 * The microphone beside a mixer's stems: its level, echo and reverb, whether one hears oneself, how much later it is
 * than the song, and takes: the mix as it is heard with the voice where it was sung, to be listened to, saved or
 * discarded. The browser's echo cancellation, noise suppression and gain control are off.
 *
 * @tag stem-singer
 * @attr {string} for - `id` of the mixer in the same document; without it, the mixer around it.
 * @attr {"light"|"dark"} theme - Colour scheme in place of the page's.
 * @fires {CustomEvent<{file: File|undefined}>} stem-take - A take was mixed, or discarded.
 * @fires {CustomEvent<{error: Error}>} stem-error - Something failed; the message says what to do.
 * @csspart lane - The row of the microphone.
 * @csspart take - The row of the last take.
 * @csspart error - What is wrong with the microphone.
 */
export class StemSinger extends LitElement {
  static override styles = [theme, buttons, singerStyles];

  @property() for = "";
  @oneOf("", ["light", "dark"])
  @property({ reflect: true })
  theme: "light" | "dark" | "" = "";
  /** A player of the host's, in place of a mixer's. */
  @property({ attribute: false }) player: Player | undefined;
  @state() private heard: { readonly file: File; readonly url: string } | undefined;
  @state() private saving = false;

  readonly #link = new PlayerLink(this, () => this.requestUpdate());
  #singer: Singer | undefined;
  #player: Player | undefined;
  #take: Take | undefined;
  /** Of the voice in the take, in dB. */
  #voice = 0;
  #mixing: ReturnType<typeof setTimeout> | undefined;
  readonly #files = new FileLinks();
  #stopFrames: (() => void) | undefined;

  constructor() {
    super();
    keepFocusIn(this, "button:enabled");
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopFrames = onFrame(this.#frame);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopFrames?.();
    this.#leave();
  }

  #leave(): void {
    this.#singer?.dispose();
    this.#singer = this.#player = this.#take = undefined;
    clearTimeout(this.#mixing);
    this.#files.set([]);
    this.#show(undefined);
  }

  /** The singer, once the microphone was asked for; it belongs to the mixer's player. */
  get singer(): Singer | undefined {
    return this.#singer;
  }

  /** Opens the microphone, or closes it. Call it from a click or key. */
  async toggle(): Promise<void> {
    const { player } = this.#link;
    if (!player) return;
    if (this.#player !== player) this.#leave();
    try {
      this.#singer ??= await this.#make(player);
      const { status } = this.#singer.state;
      if (status === "off" || status === "lost") await this.#singer.open();
      else this.#singer.close();
    } catch (error) {
      this.#tell(error as Error);
    }
  }

  async #make(player: Player): Promise<Singer> {
    const singer = await createSinger(player);
    this.#player = player;
    singer.on("change", ({ take }) => {
      if (take !== this.#take) void this.#mix(take);
      this.requestUpdate();
    });
    singer.on("error", (error) => this.#tell(error));
    return singer;
  }

  #tell(error: Error): void {
    this.dispatchEvent(new CustomEvent(Events.error, { detail: { error } }));
  }

  /** Makes of a take what can be heard. */
  async #mix(take: Take | undefined): Promise<void> {
    this.#take = take;
    this.#show(undefined);
    this.#files.set([]);
    try {
      const file = await take?.write({ format: "wav16", voice: this.#voice });
      if (this.#take === take) this.#show(file);
    } catch (error) {
      this.#tell(error as Error);
    }
  }

  #show(file: File | undefined): void {
    if (!file && !this.heard) return;
    if (this.heard) URL.revokeObjectURL(this.heard.url);
    this.heard = file && { file, url: URL.createObjectURL(file) };
    this.dispatchEvent(new CustomEvent(Events.take, { detail: { file } }));
  }

  protected override render() {
    const texts = textsOf(this);
    const state = this.#singer?.state;
    const status = state?.status ?? "off";
    const isOpen = status === "on" || status === "lost";
    const waits = status === "opening" && this.#link.player?.state.status === "loading";
    return html`
      <div class="lane" part="lane" role="group" aria-label=${texts.singerVoice}>
        <button
          aria-pressed=${status === "on" || status === "opening"}
          @click=${() => void this.toggle()}
        >
          ${texts.singerMicrophone}
        </button>
        ${waits ? html`<span class="delay" role="status">${texts.singerWaits}</span>` : nothing}
        ${state && isOpen ? this.#renderLane(state, texts) : nothing}
      </div>
      ${state?.monitoring && isOpen ? html`<p class="warning">${texts.headphones}</p>` : nothing}
      ${
        state?.problem
          ? html`<div class="error" part="error" role="alert">
              ${renderError(errorText(texts, state.problem, ownTexts(state)), texts)}
            </div>`
          : nothing
      }
      ${state?.take ? this.#renderTake(state.take, texts) : nothing}
    `;
  }

  #renderLane(state: SingerState, texts: Texts) {
    const singer = this.#singer!;
    const { level, node, monitoring, taking, measuring } = state;
    const lang = languageOf(this);
    const share = (name: string, key: "echo" | "reverb") =>
      html`<label
        >${name}
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          .value=${String(state[key])}
          @input=${(event: Event) =>
            singer.adjust({ [key]: (event.target as HTMLInputElement).valueAsNumber })}
      /></label>`;
    return html`
      <span class="knob">
        <span class="name" aria-hidden="true">${texts.singerVoice}</span>
        <gain-knob
          shape="inline"
          lang=${lang}
          label=${texts.singerVoice}
          .value=${level}
          @stem-gain-request=${this.#onLevel}
        ></gain-knob>
        <span class="unit" aria-hidden="true">dB</span>
        <level-meter lang=${lang} label=${texts.singerVoice} .node=${node ?? null}></level-meter>
      </span>
      ${share(texts.singerEcho, "echo")} ${share(texts.singerReverb, "reverb")}
      <label
        ><input
          type="checkbox"
          .checked=${monitoring}
          @change=${() => singer.adjust({ monitoring: !monitoring })}
        />${texts.singerMonitor}</label
      >
      ${this.#renderDelay(state, texts)}
      <button
        class="end ${taking ? "recording" : "primary"}"
        ?disabled=${measuring || state.status === "lost"}
        @click=${() => void (taking ? singer.endTake() : singer.startTake())}
      >
        ${taking ? texts.takeStop : texts.takeStart}
        ${taking ? html`<span class="elapsed number" aria-hidden="true"></span>` : nothing}
      </button>
    `;
  }

  #renderDelay({ roundTrip, measuring, taking }: SingerState, texts: Texts) {
    if (!roundTrip) return nothing;
    const text = roundTrip.isMeasured ? texts.singerMeasured : texts.singerDelay;
    const delay = milliseconds(roundTrip.seconds, languageOf(this));
    return html`<span class="delay" role="status"
        >${measuring ? texts.singerMeasuring : fill(text, { delay })}</span
      >
      <button
        title=${texts.singerMeasureHint}
        ?disabled=${measuring || taking}
        @click=${() => void this.#singer?.measure()}
      >
        ${texts.singerMeasure}
      </button>`;
  }

  #renderTake(take: Take, texts: Texts) {
    const { heard } = this;
    const names = { mp3: texts.mp3, flac: texts.flac, wav24: texts.wav24 };
    return html`<div class="take" part="take" role="group" aria-label=${texts.takeReady}>
      <strong>${texts.takeReady}</strong>
      ${
        heard
          ? html`<audio controls src=${heard.url} aria-label=${texts.takeReady}></audio>`
          : html`<span role="status">${texts.takeMix}</span>`
      }
      <span class="knob">
        ${texts.takeVoice}
        <gain-knob
          shape="inline"
          lang=${languageOf(this)}
          label=${texts.takeVoice}
          .value=${this.#voice}
          @stem-gain-request=${this.#onVoice}
        ></gain-knob>
        <span class="unit" aria-hidden="true">dB</span>
      </span>
      <select aria-label=${texts.saveFormat}>
        ${FORMATS.map((format) => html`<option value=${format}>${names[format]}</option>`)}
      </select>
      <button ?disabled=${this.saving} @click=${() => void this.#save(take)}>
        ${texts.export}
      </button>
      <button @click=${() => this.#singer?.discard()}>${texts.takeDiscard}</button>
      ${this.#files.render(texts, texts.saveReady, languageOf(this))}
    </div>`;
  }

  #onLevel = (event: HTMLElementEventMap["stem-gain-request"]): void => {
    event.stopPropagation();
    this.#singer?.adjust({ level: event.detail.gain });
  };

  #onVoice = (event: HTMLElementEventMap["stem-gain-request"]): void => {
    event.stopPropagation();
    this.#voice = event.detail.gain;
    clearTimeout(this.#mixing);
    this.#mixing = setTimeout(() => void this.#mix(this.#take), SETTLED);
  };

  async #save(take: Take): Promise<void> {
    const format = this.renderRoot.querySelector("select")?.value as (typeof FORMATS)[number];
    this.saving = true;
    try {
      this.#files.set([await take.write({ format, voice: this.#voice })]);
    } catch (error) {
      this.#tell(error as Error);
    } finally {
      this.saving = false;
    }
  }

  /** Text that the template leaves empty. */
  #frame = (): void => {
    const seconds = this.#singer?.takenSeconds;
    if (seconds === undefined) return;
    const elapsed = this.renderRoot.querySelector(".elapsed");
    if (elapsed) elapsed.textContent = formatTime(seconds);
  };
}

define("stem-singer", StemSinger);

declare global {
  interface HTMLElementTagNameMap {
    "stem-singer": StemSinger;
  }
}
