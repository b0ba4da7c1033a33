// <spectrum-view>: what is playing, coloured by stem. Page thread; draws past Lit's rendering.
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import type { Stem } from "../src/index.ts";
import { detach } from "../src/player/index.ts";
import { oneOf } from "./checked.ts";
import { drawSpectrumColumns, heightOf, rowEdges, stackHeights } from "./core/picture.ts";
import "./core/texts-more.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import { textsOf } from "./language.ts";
import { CanvasColours } from "./styles/colours.ts";
import { stemColour } from "./styles/stem-colour.ts";
import { theme } from "./styles/theme.ts";

/** Resolution of the picture, which the browser stretches to the element's size. */
const COLUMNS = 480;
const ROWS = { spectrogram: 96, waveform: 192 } as const;
/** Columns a second: the picture shows the last 12 seconds. */
const RATE = 40;
const FFT_SIZE = 2048;
/** Range of the spectrogram in dBFS per bin. */
const [FLOOR, CEILING] = [-95, -25];
/** Frequencies that are written beside a spectrogram, in hertz. */
const LABELS = [
  [100, "100 Hz"],
  [1000, "1 kHz"],
  [10000, "10 kHz"],
] as const;

/**
 * A picture of the last 12 seconds in which every stem has its colour: as a spectrogram (low notes
 * at the bottom, logarithmic) or as a stacked waveform. It scrolls; where the user asked for
 * reduced motion it stands still and is written over from left to right.
 *
 * @tag spectrum-view
 * @attr {"spectrogram"|"waveform"} mode - Which picture.
 * @csspart canvas - The picture.
 * @cssproperty --stem-surface - Ground of the picture.
 */
export class SpectrumView extends LitElement {
  static override styles = [
    theme,
    css`
      :host {
        display: block;
        position: relative;
        height: 9em;
        overflow: hidden;
        border-radius: var(--_radius);
        background: var(--_surface);
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      span {
        position: absolute;
        inset-inline-start: 0.25em;
        translate: 0 50%;
        padding-inline: 0.25em;
        border-radius: 0.25em;
        background: var(--_surface);
        color: var(--_muted);
        font: 0.6875em / 1.3 var(--_font);
      }
    `,
  ];

  /** The stems before their gains; null draws nothing new. Taps come off when it leaves the page. */
  @property({ attribute: false }) nodes: Readonly<Record<Stem, AudioNode>> | null = null;
  /** Linear gain of each stem after its node, by default 1: the picture shows what is heard. */
  @property({ attribute: false }) gains: Readonly<Record<Stem, number>> = {};
  @oneOf("spectrogram", ["spectrogram", "waveform"])
  @property({ reflect: true })
  mode: "spectrogram" | "waveform" = "spectrogram";
  /** Whether sound is running: a picture of a paused song stands still. */
  @property({ type: Boolean }) running = true;

  @query("canvas") private canvas!: HTMLCanvasElement;

  #analysers: AnalyserNode[] = [];
  #sources: AudioNode[] = [];
  #stems: readonly Stem[] = [];
  #bins: Uint8Array<ArrayBuffer>[] = [];
  #samples = new Float32Array(FFT_SIZE);
  #amplitudes = new Float32Array(0);
  #heights = new Float32Array(0);
  #offsets: number[] = [];
  #edges: Float32Array = new Float32Array(0);
  /** As many columns as were drawn last. */
  #picture: ImageData | undefined;
  /** Column written next where the picture stands still. */
  #next = 0;
  #due = 0;
  #colours: CanvasColours | undefined;
  #stopFrames: (() => void) | undefined;
  readonly #stillness = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

  protected override render() {
    return html`<canvas
        part="canvas"
        role="img"
        aria-label=${textsOf(this).picture}
        width=${COLUMNS}
        height=${ROWS[this.mode]}
      ></canvas>
      ${
        this.mode === "spectrogram"
          ? LABELS.map(([, text]) => html`<span aria-hidden="true">${text}</span>`)
          : nothing
      }`;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopFrames = onFrame(this.#frame);
    this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopFrames?.();
    this.#colours?.dispose();
    this.#colours = undefined;
    this.#detach();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("nodes")) this.#attach();
    if (changed.has("mode")) this.clear();
    const rate = this.#sources[0]?.context.sampleRate ?? 44100;
    // Not in the template: a page's policy may forbid style attributes.
    this.renderRoot.querySelectorAll("span").forEach((label, i) => {
      label.style.bottom = `${100 * heightOf(LABELS[i][0], rate)}%`;
    });
  }

  /** Empties the picture. */
  clear(): void {
    this.#next = 0;
    this.canvas?.getContext("2d")?.clearRect(0, 0, COLUMNS, this.canvas.height);
  }

  #attach(): void {
    this.#detach();
    if (!this.nodes || !this.isConnected) return;
    this.#setStems(Object.keys(this.nodes));
    for (const stem of this.#stems) {
      const node = this.nodes[stem];
      const analyser = new AnalyserNode(node.context, {
        fftSize: FFT_SIZE,
        smoothingTimeConstant: 0,
        minDecibels: FLOOR,
        maxDecibels: CEILING,
      });
      node.connect(analyser);
      this.#analysers.push(analyser);
      this.#sources.push(node);
    }
    this.#edges = rowEdges(ROWS.spectrogram, FFT_SIZE / 2, this.#sources[0].context.sampleRate);
  }

  #setStems(stems: readonly Stem[]): void {
    if (stems.join() === this.#stems.join()) return;
    this.#stems = stems;
    this.#bins = stems.map(() => new Uint8Array(FFT_SIZE / 2));
    this.#amplitudes = new Float32Array(stems.length);
    this.#heights = new Float32Array(stems.length);
    this.#offsets = stems.map(() => 0);
    this.#colours?.dispose();
    this.#colours = undefined;
  }

  #detach(): void {
    this.#sources.forEach((node, i) => detach(node, this.#analysers[i]));
    this.#analysers = [];
    this.#sources = [];
  }

  #frame = (elapsed: number): void => {
    if (!this.hasUpdated) return;
    this.#colours ??= new CanvasColours(this.renderRoot as ShadowRoot, [
      "--_surface",
      ...this.#stems.map(stemColour),
    ]);
    if (this.#colours.refresh(performance.now())) this.clear();
    if (!this.running || this.#analysers.length === 0) return;
    this.#due += elapsed * RATE;
    const columns = Math.floor(this.#due);
    const pen = this.canvas.getContext("2d");
    if (columns === 0 || !pen) return;
    this.#due -= columns;
    this.#measure();
    if (this.#stillness.matches) this.#writeOver(pen, columns);
    else this.#scroll(pen, columns);
  };

  #scroll(pen: CanvasRenderingContext2D, columns: number): void {
    pen.globalCompositeOperation = "copy";
    pen.drawImage(this.canvas, -columns, 0);
    pen.globalCompositeOperation = "source-over";
    this.#write(pen, COLUMNS - columns, columns);
  }

  #writeOver(pen: CanvasRenderingContext2D, columns: number): void {
    for (let i = 0; i < columns; i++) {
      this.#write(pen, this.#next, 1);
      this.#next = (this.#next + 1) % COLUMNS;
    }
    pen.clearRect(this.#next, 0, 3, this.canvas.height);
  }

  #measure(): void {
    this.#analysers.forEach((analyser, i) => {
      const gain = this.gains[this.#stems[i]] ?? 1;
      if (this.mode === "spectrogram") {
        // What is not heard is not looked at: the analyser computes when it is asked.
        if (gain > 0) analyser.getByteFrequencyData(this.#bins[i]);
        // The analyser's bytes are decibels: a gain adds to them.
        this.#offsets[i] = gain > 0 ? (20 * Math.log10(gain) * 255) / (CEILING - FLOOR) : -Infinity;
      } else {
        analyser.getFloatTimeDomainData(this.#samples);
        let sum = 0;
        for (const x of this.#samples) sum += x * x;
        this.#amplitudes[i] = gain * Math.sqrt(sum / FFT_SIZE);
      }
    });
  }

  /** What sounds now, from a column on and so many columns wide. */
  #write(pen: CanvasRenderingContext2D, x: number, columns: number): void {
    const [ground, ...stems] = this.#colours?.values ?? [];
    if (this.mode === "spectrogram") {
      if (this.#picture?.width !== columns) {
        this.#picture = new ImageData(columns, ROWS.spectrogram);
      }
      const { data } = this.#picture;
      drawSpectrumColumns(data, columns, this.#edges, this.#bins, this.#offsets, stems, ground);
      pen.putImageData(this.#picture, x, 0);
      return;
    }
    const { height } = this.canvas;
    const power = this.#amplitudes.reduce((sum, a) => sum + a * a, 0);
    // The square root shows quiet passages too; full height is a level of −6 dBFS RMS.
    const total = Math.min(1, Math.sqrt(Math.sqrt(power) * 2)) * (height - 4);
    stackHeights(this.#amplitudes, total, this.#heights);
    let y = (height - total) / 2;
    const bottom = y + total;
    pen.clearRect(x, 0, columns, height);
    // Each band reaches down to the bottom, so that no ground shines through between two.
    this.#heights.forEach((band, i) => {
      pen.fillStyle = this.#colours?.texts[i + 1] ?? "";
      if (band > 0) pen.fillRect(x, y, columns, bottom - y);
      y += band;
    });
  }
}

define("spectrum-view", SpectrumView);

declare global {
  interface HTMLElementTagNameMap {
    "spectrum-view": SpectrumView;
  }
}
