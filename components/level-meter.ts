// <level-meter>: stereo peak and RMS meter with hold. Page thread; draws past Lit's rendering.
import { css, html, LitElement, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import type { Stem } from "../src/index.ts";
import { LevelTap } from "./level-tap.ts";
import { MeterBallistics, METER_FLOOR, meterPosition } from "./core/ballistics.ts";
import { formatDecibels } from "../src/player/index.ts";
import { fill } from "./core/texts.ts";
import "./core/texts-more.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import { languageOf, textsOf } from "./language.ts";
import { CanvasColours, fitCanvas } from "./styles/colours.ts";
import { colourByStem } from "./styles/stem-colour.ts";
import { theme } from "./styles/theme.ts";

const COLOURS = ["--_stem-or-text", "--_raised", "--_text", "--_danger"] as const;
/** How often screen readers can find a new value, in seconds. */
const SPEAK_INTERVAL = 1;

/**
 * A stereo level meter: RMS as a solid bar, peak as a pale one falling 20 dB in 1.7 s, and a mark
 * that holds the highest peak for 1.5 s. −60 to 0 dBFS; upright or lying, as its box is.
 *
 * @tag level-meter
 * @attr {string} label - Name spoken by screen readers, such as "Vocals".
 * @attr {string} stem - Stem it shows; gives the colour.
 * @csspart canvas - The picture of the meter.
 */
export class LevelMeter extends LitElement {
  static override styles = [
    theme,
    css`
      :host {
        --_stem-or-text: var(--_stem, var(--_text));
        display: block;
        width: 1em;
        height: 7em;
        min-width: 4px;
        min-height: 4px;
        position: relative;
        overflow: hidden;
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
    `,
  ];

  /** What to measure; null measures nothing. The meter takes its tap off when it leaves the page. */
  @property({ attribute: false }) node: AudioNode | null = null;
  /** Linear gain that the sound meets after `node`: the meter shows what is heard. */
  @property({ attribute: false }) gain = 1;
  @property() label = "";
  @property({ reflect: true }) stem: Stem | undefined;

  @query("canvas") private canvas!: HTMLCanvasElement;

  #tap: LevelTap | undefined;
  #colours: CanvasColours | undefined;
  #stopFrames: (() => void) | undefined;
  #sizes: ResizeObserver | undefined;
  #size = { width: 0, height: 0 };
  #channels = [new MeterBallistics(), new MeterBallistics()];
  #stale = true;
  #sinceSpoken = Infinity;

  protected override render() {
    return html`
      <div
        class="visually-hidden"
        role="meter"
        aria-label=${fill(textsOf(this).meter, { stem: this.label })}
        aria-valuemin=${METER_FLOOR}
        aria-valuemax="0"
        aria-valuenow=${METER_FLOOR}
      ></div>
      <canvas part="canvas" aria-hidden="true"></canvas>
    `;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopFrames = onFrame(this.#frame);
    this.#sizes = new ResizeObserver(([entry]) => {
      this.#size = entry.contentRect;
      this.#stale = true;
    });
    this.#sizes.observe(this);
    this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopFrames?.();
    this.#sizes?.disconnect();
    this.#colours?.dispose();
    this.#colours = undefined;
    this.#tap?.dispose();
    this.#tap = undefined;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("stem")) colourByStem(this, this.stem);
    if (changed.has("node")) this.#attach();
    this.#stale = true;
  }

  /** Highest held peak of both channels, in dBFS. */
  get peak(): number {
    return Math.max(this.#channels[0].hold, this.#channels[1].hold);
  }

  #attach(): void {
    this.#tap?.dispose();
    this.#tap = this.node && this.isConnected ? LevelTap.on(this.node) : undefined;
  }

  #frame = (elapsed: number): void => {
    if (!this.hasUpdated) return;
    const [left, right] = this.#channels;
    const resting = left.resting && right.resting;
    if (this.#tap) {
      this.#tap.read();
      left.update(this.#tap.left.peak * this.gain, this.#tap.left.rms * this.gain, elapsed);
      right.update(this.#tap.right.peak * this.gain, this.#tap.right.rms * this.gain, elapsed);
    } else if (!resting) {
      for (const channel of this.#channels) channel.update(0, 0, elapsed);
    }
    this.#colours ??= new CanvasColours(this.renderRoot as ShadowRoot, COLOURS);
    const recoloured = this.#colours.refresh(performance.now());
    if (recoloured || this.#stale || !resting || !left.resting || !right.resting) this.#draw();
    this.#sinceSpoken += elapsed;
    if (this.#sinceSpoken >= SPEAK_INTERVAL) this.#speak();
  };

  #draw(): void {
    const context = this.canvas.getContext("2d");
    if (!context || this.#size.width === 0 || !this.#colours) return;
    this.#stale = false;
    fitCanvas(this.canvas, this.#size.width, this.#size.height);
    const { width, height } = this.canvas;
    const lying = width > height;
    const [length, thickness] = lying ? [width, height] : [height, width];
    const gap = Math.max(1, Math.round(thickness / 8));
    const bar = (thickness - gap) / 2;
    const [stem, ground, text, over] = this.#colours.texts;
    // Draw lying from the left; an upright meter is the same picture turned by a quarter.
    if (lying) context.setTransform(1, 0, 0, 1, 0, 0);
    else context.setTransform(0, -1, 1, 0, 0, height);
    context.clearRect(0, 0, length, thickness);
    this.#channels.forEach((channel, i) => {
      const y = i * (bar + gap);
      context.fillStyle = ground;
      context.fillRect(0, y, length, bar);
      context.fillStyle = stem;
      context.globalAlpha = 0.4;
      context.fillRect(0, y, meterPosition(channel.peak) * length, bar);
      context.globalAlpha = 1;
      context.fillRect(0, y, meterPosition(channel.rms) * length, bar);
      if (channel.hold > METER_FLOOR) {
        const mark = Math.max(2, length / 60);
        const x = Math.min(length - mark, meterPosition(channel.hold) * length - mark / 2);
        context.fillStyle = channel.hold > 0 ? over : text;
        context.fillRect(Math.max(0, x), y, mark, bar);
      }
    });
  }

  #speak(): void {
    this.#sinceSpoken = 0;
    const meter = this.renderRoot.querySelector("[role=meter]");
    if (!meter) return;
    const lang = languageOf(this);
    const texts = textsOf(this);
    const rms = Math.max(this.#channels[0].rms, this.#channels[1].rms);
    const peak = this.peak;
    const value = String(Math.round(Math.min(0, peak)));
    if (meter.getAttribute("aria-valuenow") === value && meter.hasAttribute("aria-valuetext"))
      return;
    meter.setAttribute("aria-valuenow", value);
    meter.setAttribute(
      "aria-valuetext",
      peak <= METER_FLOOR
        ? texts.silent
        : fill(texts.meterValue, {
            peak: formatDecibels(peak, lang),
            rms: formatDecibels(rms, lang),
          }),
    );
  }
}

define("level-meter", LevelMeter);

declare global {
  interface HTMLElementTagNameMap {
    "level-meter": LevelMeter;
  }
}
