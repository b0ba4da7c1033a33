// <spectrum-view>: what is playing, coloured by stem. Page thread; draws past Lit's rendering.
import { css, html, LitElement, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import { STEMS, type Stem } from "../src/stems.ts";
import { detach } from "./audio/detach.ts";
import { drawSpectrumColumn, rowEdges, stackHeights } from "./core/picture.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import { textsOf } from "./language.ts";
import { CanvasColours, fitCanvas } from "./styles/colours.ts";
import { theme } from "./styles/theme.ts";

const COLOURS = ["--_surface", ...STEMS.map((stem) => `--_${stem}`)];
/** Resolution of the picture; the canvas stretches it. */
const [COLUMNS, ROWS] = [480, 96];
/** Columns a second: the picture shows the last 12 seconds. */
const RATE = 40;
const FFT_SIZE = 2048;
/** Range of the spectrogram in dBFS per bin. */
const [FLOOR, CEILING] = [-95, -25];

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
    `,
  ];

  /** The stems before their gains; null draws nothing new. Taps come off when it leaves the page. */
  @property({ attribute: false }) nodes: Readonly<Record<Stem, AudioNode>> | null = null;
  /** Linear gain of each stem after its node: the picture shows what is heard. */
  @property({ attribute: false }) gains: Readonly<Record<Stem, number>> = {
    vocals: 1,
    drums: 1,
    bass: 1,
    other: 1,
  };
  @property({ reflect: true }) mode: "spectrogram" | "waveform" = "spectrogram";
  /** Whether sound is running: a picture of a paused song stands still. */
  @property({ type: Boolean }) running = true;

  @query("canvas") private canvas!: HTMLCanvasElement;

  #analysers: AnalyserNode[] = [];
  #sources: AudioNode[] = [];
  #bins = STEMS.map(() => new Uint8Array(FFT_SIZE / 2));
  #samples = new Float32Array(FFT_SIZE);
  #amplitudes = new Float32Array(STEMS.length);
  #heights = new Float32Array(STEMS.length);
  #offsets = [0, 0, 0, 0];
  #edges: Uint16Array = new Uint16Array(0);
  // A ring of columns: `#next` is written next, and is the oldest.
  #ring: HTMLCanvasElement | undefined;
  #column: ImageData | undefined;
  #next = 0;
  #due = 0;
  #colours: CanvasColours | undefined;
  #stopFrames: (() => void) | undefined;
  #sizes: ResizeObserver | undefined;
  #size = { width: 0, height: 0 };
  #stale = true;

  protected override render() {
    return html`<canvas part="canvas" role="img" aria-label=${textsOf(this).picture}></canvas>`;
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
    this.#detach();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("nodes")) this.#attach();
    if (changed.has("mode")) this.clear();
  }

  /** Empties the picture. */
  clear(): void {
    this.#ring = undefined;
    this.#next = 0;
    this.#stale = true;
  }

  #attach(): void {
    this.#detach();
    if (!this.nodes || !this.isConnected) return;
    for (const stem of STEMS) {
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
    this.#edges = rowEdges(ROWS, FFT_SIZE / 2, this.#sources[0].context.sampleRate);
  }

  #detach(): void {
    this.#sources.forEach((node, i) => detach(node, this.#analysers[i]));
    this.#analysers = [];
    this.#sources = [];
  }

  #frame = (elapsed: number): void => {
    if (!this.hasUpdated || this.#size.width === 0) return;
    this.#colours ??= new CanvasColours(this.renderRoot as ShadowRoot, COLOURS);
    if (this.#colours.refresh(performance.now())) this.clear();
    const ring = (this.#ring ??= this.#newRing());
    const pen = ring.getContext("2d");
    if (!pen) return;
    if (this.running && this.#analysers.length > 0) {
      this.#due += elapsed * RATE;
      if (this.#due >= 1) {
        this.#measure();
        for (; this.#due >= 1; this.#due--) this.#write(pen);
        this.#stale = true;
      }
    }
    if (this.#stale) this.#show(ring);
  };

  #newRing(): HTMLCanvasElement {
    const ring = document.createElement("canvas");
    ring.width = COLUMNS;
    ring.height = ROWS;
    this.#column = new ImageData(1, ROWS);
    const pen = ring.getContext("2d");
    if (pen) {
      pen.fillStyle = this.#colours?.texts[0] ?? "transparent";
      pen.fillRect(0, 0, COLUMNS, ROWS);
    }
    return ring;
  }

  #measure(): void {
    this.#analysers.forEach((analyser, i) => {
      const gain = this.gains[STEMS[i]];
      if (this.mode === "spectrogram") {
        analyser.getByteFrequencyData(this.#bins[i]);
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

  #write(pen: CanvasRenderingContext2D): void {
    const x = this.#next;
    this.#next = (x + 1) % COLUMNS;
    const [ground, ...stems] = this.#colours?.values ?? [];
    if (this.mode === "spectrogram") {
      const column = this.#column;
      if (!column) return;
      drawSpectrumColumn(column.data, 1, 0, this.#edges, this.#bins, this.#offsets, stems, ground);
      pen.putImageData(column, x, 0);
      return;
    }
    const colours = this.#colours?.texts ?? [];
    pen.fillStyle = colours[0];
    pen.fillRect(x, 0, 1, ROWS);
    const power = this.#amplitudes.reduce((sum, a) => sum + a * a, 0);
    // The square root shows quiet passages too; full height is a level of −6 dBFS RMS.
    const total = Math.min(1, Math.sqrt(Math.sqrt(power) * 2)) * (ROWS - 4);
    stackHeights(this.#amplitudes, total, this.#heights);
    let y = (ROWS - total) / 2;
    const bottom = y + total;
    // Each band reaches down to the bottom, so that no ground shines through between two.
    this.#heights.forEach((height, i) => {
      pen.fillStyle = colours[i + 1];
      if (height > 0) pen.fillRect(x, y, 1, bottom - y);
      y += height;
    });
  }

  #show(ring: HTMLCanvasElement): void {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    this.#stale = false;
    fitCanvas(this.canvas, this.#size.width, this.#size.height);
    const { width, height } = this.canvas;
    const scale = width / COLUMNS;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      context.drawImage(ring, 0, 0, width, height);
      context.clearRect(this.#next * scale, 0, Math.max(2, scale), height);
      return;
    }
    // The oldest column stays out: stretching would blend it with the newest, its neighbour.
    const from = this.#next + 1;
    const older = COLUMNS - from;
    const newer = COLUMNS - older;
    if (older > 0) context.drawImage(ring, from, 0, older, ROWS, 0, 0, older * scale, height);
    context.drawImage(ring, 0, 0, newer, ROWS, older * scale, 0, newer * scale, height);
  }
}

define("spectrum-view", SpectrumView);

declare global {
  interface HTMLElementTagNameMap {
    "spectrum-view": SpectrumView;
  }
}
