// <stem-strip>: one stem's name, gain, mute, solo and meter. Page thread.
import { html, LitElement, type PropertyValues } from "lit";
import { property } from "lit/decorators.js";
import type { Stem } from "../src/index.ts";
import { numeric, oneOf } from "./checked.ts";
import { request, Requests } from "./constants.ts";
import { lazy, toGain } from "../src/player/index.ts";
import { fill, stemName } from "./core/texts.ts";
import { define } from "./define.ts";
import "./gain-knob.ts";
import { languageOf, textsOf } from "./language.ts";
import { colourByStem } from "./styles/stem-colour.ts";
import { stripStyles } from "./styles/strip.ts";
import { buttons, theme } from "./styles/theme.ts";

/**
 * The controls of one stem. Shows what it is given and asks for changes; used alone (nobody
 * prevents its requests) it keeps its own state.
 *
 * @tag stem-strip
 * @attr {string} stem - Which stem.
 * @attr {number} gain - Gain in dB, -60 (silent) to 12.
 * @attr {boolean} muted - Whether it is muted.
 * @attr {boolean} soloed - Whether it is soloed.
 * @attr {boolean} silent - Not heard, by its own mute or another stem's solo: shown pale.
 * @attr {string} label - Name in place of the stem's own.
 * @attr {"column"|"row"|"lane"|"small"} layout - Upright (a mixer's channel), lying (a narrow screen), the head of a lane, or its knob and name alone.
 * @fires {CustomEvent<{stem: string, gain: number}>} stem-gain-request - The user turned the knob.
 * @fires {CustomEvent<{stem: string, muted: boolean}>} stem-mute-request - The user pressed Mute.
 * @fires {CustomEvent<{stem: string, soloed: boolean}>} stem-solo-request - The user pressed Solo.
 * @slot - More controls below the buttons.
 * @csspart strip - The card.
 * @csspart name - The stem's name.
 * @csspart knob - The `<gain-knob>`.
 * @csspart meter - The `<level-meter>`.
 * @csspart mute - The mute button.
 * @csspart solo - The solo button.
 */
export class StemStrip extends LitElement {
  static override styles = [theme, buttons, stripStyles];

  @property({ reflect: true }) stem: Stem = "vocals";
  /** Gain in dB. */
  @numeric(0)
  @property({ type: Number })
  gain = 0;
  @property({ type: Boolean, reflect: true }) muted = false;
  @property({ type: Boolean, reflect: true }) soloed = false;
  @property({ type: Boolean, reflect: true }) silent = false;
  @property() label = "";
  @oneOf("column", ["column", "row", "lane", "small"])
  @property({ reflect: true })
  layout: "column" | "row" | "lane" | "small" = "column";
  /** The stem before its gain, for the meter. */
  @property({ attribute: false }) node: AudioNode | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener(Requests.gain, this.#onGain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener(Requests.gain, this.#onGain);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("stem")) colourByStem(this, this.stem);
    // Meters draw, and no sound waits for them.
    if (this.node) void lazy(import("./level-meter.ts")).catch(() => undefined);
  }

  protected override render() {
    const texts = textsOf(this);
    const name = this.label || stemName(texts, this.stem);
    const lang = languageOf(this);
    return html`
      <div class="strip" part="strip" role="group" aria-label=${name}>
        <span class="name" part="name" aria-hidden="true">${name}</span>
        <gain-knob
          part="knob"
          exportparts="dial, track, value, number"
          lang=${lang}
          stem=${this.stem}
          shape=${/lane|small/.test(this.layout) ? "inline" : "knob"}
          label=${name}
          .value=${this.gain}
        ></gain-knob>
        <level-meter
          part="meter"
          lang=${lang}
          stem=${this.stem}
          label=${name}
          .node=${this.node}
          .gain=${this.silent ? 0 : toGain(this.gain)}
        ></level-meter>
        <div class="buttons">
          <button
            part="mute"
            class="mute"
            aria-pressed=${this.muted}
            aria-label=${fill(texts.muteStem, { stem: name })}
            @click=${this.#toggleMute}
          >
            <span class="long">${texts.mute}</span><span class="short">M</span>
          </button>
          <button
            part="solo"
            class="solo"
            aria-pressed=${this.soloed}
            aria-label=${fill(texts.soloStem, { stem: name })}
            @click=${this.#toggleSolo}
          >
            <span class="long">${texts.solo}</span><span class="short">S</span>
          </button>
        </div>
        <slot></slot>
      </div>
    `;
  }

  // The strip follows its knob, once everybody outside has had the chance to prevent it.
  #onGain = (event: HTMLElementEventMap["stem-gain-request"]): void => {
    queueMicrotask(() => {
      if (!event.defaultPrevented) this.gain = event.detail.gain;
    });
  };

  #toggleMute = (): void => {
    const muted = !this.muted;
    if (request(this, Requests.mute, { stem: this.stem, muted })) this.muted = muted;
  };

  #toggleSolo = (): void => {
    const soloed = !this.soloed;
    if (request(this, Requests.solo, { stem: this.stem, soloed })) this.soloed = soloed;
  };
}

define("stem-strip", StemStrip);

declare global {
  interface HTMLElementTagNameMap {
    "stem-strip": StemStrip;
  }
}
