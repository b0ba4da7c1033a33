// <stem-timeline>: a song's outline that takes on the stems' colours as it is heard, with position
// and A–B loop. Page thread; draws past Lit's rendering.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import type { Span } from "../src/player/index.ts";
import type { Stem } from "../src/index.ts";
import { LevelTap } from "./level-tap.ts";
import { request, Requests } from "./constants.ts";
import { isLooping, NO_LOOP, setLoopPoint, type Loop } from "../src/player/index.ts";
import { OUTLINE_COLUMNS } from "../src/player/index.ts";
import { stackHeights } from "./core/picture.ts";
import { fill } from "./core/texts.ts";
import { formatTime, speakTime } from "./core/time.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import { languageOf, textsOf } from "./language.ts";
import { CanvasColours } from "./styles/colours.ts";
import { stemColour } from "./styles/stem-colour.ts";
import { theme } from "./styles/theme.ts";
import { timelineStyles } from "./styles/timeline.ts";

const HEIGHT = 96;
/** Key steps in seconds. */
const [STEP, PAGE] = [5, 30];
/** Columns a single frame can pass over: a quarter of a second of a short song. */
const MAX_PASSED = 8;
/** How far the playhead may be from the truth, in seconds. */
const DRIFT = 0.08;
/** Least height of a column, as a share: silence is a line. */
const LINE = 0.03;

/**
 * The timeline of a song: press or drag to seek, drag the handles of the A–B loop. Arrow keys move
 * by 5 seconds, Page keys by 30. What has been heard is coloured by what it was made of.
 *
 * @tag stem-timeline
 * @attr {number} duration - Length of the song in seconds.
 * @fires {CustomEvent<{position: number}>} stem-seek-request - The user wants another position.
 * @fires {CustomEvent<{loop: {a?: number, b?: number}}>} stem-loop-request - The user moved a loop point.
 * @csspart canvas - The picture.
 * @csspart playhead - The line at the position.
 * @csspart loop - The looped stretch.
 * @csspart ready - A stretch that is there in studio quality.
 * @csspart handle - A loop point.
 */
export class StemTimeline extends LitElement {
  static override styles = [theme, timelineStyles];

  @property({ type: Number }) duration = 0;
  /** Gives the position in seconds; asked every frame. */
  @property({ attribute: false }) clock: () => number = () => 0;
  /** Heights of the song's columns, 0 to 1; null draws a plain line. */
  @property({ attribute: false }) outline: Float32Array | null = null;
  @property({ attribute: false }) loop: Loop = NO_LOOP;
  /** Stretches that are there in studio quality, as shares of the song. */
  @property({ attribute: false }) ready: readonly Span[] = [];
  /** The stems before their gains, for the colours. */
  @property({ attribute: false }) nodes: Readonly<Record<Stem, AudioNode>> | null = null;
  @property({ type: Boolean }) running = false;
  /** Tempo as a factor: seconds of the song that pass in a second. */
  @property({ attribute: false }) rate = 1;

  @query("canvas") private canvas!: HTMLCanvasElement;
  @query(".playhead") private playhead!: HTMLElement;
  @query(".seek") private slider!: HTMLElement;

  #taps: LevelTap[] = [];
  // What was heard: for each column the energy of each stem, 0 where nothing was heard yet.
  #heard = new Float32Array(0);
  #stems: readonly Stem[] = [];
  #amplitudes = new Float32Array(0);
  #heights = new Float32Array(0);
  #colours: CanvasColours | undefined;
  #stopFrames: (() => void) | undefined;
  #shownSecond = -1;
  // The playhead's movement: from a position at a time of the page's clock, in seconds.
  #motion: { from: number; at: number; rate: number; animation: Animation } | undefined;
  #lastColumn = -1;
  #dragging = false;

  protected override render() {
    const texts = textsOf(this);
    const { loop } = this;
    return html`
      <canvas part="canvas" aria-hidden="true" width=${OUTLINE_COLUMNS} height=${HEIGHT}></canvas>
      ${
        isLooping(loop)
          ? html`<div class="loop" part="loop" style=${this.#span(loop.a, loop.b)}></div>`
          : nothing
      }
      ${this.ready.map(
        ([start, end]) =>
          html`<div
            class="ready"
            part="ready"
            style="left:${start * 100}%;right:${(1 - end) * 100}%"
          ></div>`,
      )}
      <div class="playhead" part="playhead"></div>
      <div
        class="seek"
        role="slider"
        tabindex="0"
        aria-label=${texts.position}
        aria-valuemin="0"
        aria-valuemax=${Math.floor(this.duration) || 0}
        aria-valuenow="0"
        @keydown=${this.#onKey}
        @pointerdown=${this.#onPointerDown}
        @pointermove=${this.#onPointerMove}
        @pointerup=${() => (this.#dragging = false)}
        @pointercancel=${() => (this.#dragging = false)}
      ></div>
      ${this.#handle("a", loop.a, texts.loopStart)} ${this.#handle("b", loop.b, texts.loopEnd)}
    `;
  }

  #handle(point: "a" | "b", at: number | undefined, label: string) {
    if (at === undefined) return nothing;
    return html`<div
      class="handle ${point}"
      part="handle"
      role="slider"
      tabindex="0"
      aria-label=${label}
      aria-valuemin="0"
      aria-valuemax=${Math.floor(this.duration) || 0}
      aria-valuenow=${Math.round(at)}
      aria-valuetext=${speakTime(at, languageOf(this))}
      style="left:${this.#percent(at)}%"
      @keydown=${(event: KeyboardEvent) => this.#onHandleKey(event, point, at)}
      @pointerdown=${(event: PointerEvent) =>
        (event.currentTarget as Element).setPointerCapture(event.pointerId)}
      @pointermove=${(event: PointerEvent) => this.#onHandleMove(event, point)}
    >
      <span aria-hidden="true">${point.toUpperCase()}</span>
    </div>`;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopFrames = onFrame(this.#frame);
    this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopPlayhead();
    this.#stopFrames?.();
    this.#colours?.dispose();
    this.#colours = undefined;
    this.#detach();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("nodes")) this.#attach();
    if (changed.has("outline") || changed.has("duration")) {
      this.clear();
      this.#stopPlayhead();
    }
    this.#shownSecond = -1;
  }

  /** Forgets what was heard. */
  clear(): void {
    this.#heard.fill(0);
    this.#repaint();
  }

  #stopPlayhead(): void {
    this.#motion?.animation.cancel();
    this.#motion = undefined;
  }

  #attach(): void {
    this.#detach();
    const { nodes } = this;
    if (!nodes || !this.isConnected) return;
    this.#setStems(Object.keys(nodes));
    this.#taps = this.#stems.map((stem) => new LevelTap(nodes[stem]));
  }

  /** What was heard of other stems is forgotten. */
  #setStems(stems: readonly Stem[]): void {
    if (stems.join() === this.#stems.join()) return;
    this.#stems = stems;
    this.#heard = new Float32Array(OUTLINE_COLUMNS * stems.length);
    this.#amplitudes = new Float32Array(stems.length);
    this.#heights = new Float32Array(stems.length);
    this.#colours?.dispose();
    this.#colours = undefined;
  }

  #detach(): void {
    for (const tap of this.#taps) tap.dispose();
    this.#taps = [];
  }

  #percent(seconds: number): number {
    return this.duration > 0 ? Math.min(100, Math.max(0, (seconds / this.duration) * 100)) : 0;
  }

  #span(a: number, b: number): string {
    return `left:${this.#percent(a)}%;right:${100 - this.#percent(b)}%`;
  }

  #frame = (): void => {
    if (!this.hasUpdated) return;
    this.#colours ??= new CanvasColours(this.renderRoot as ShadowRoot, [
      "--_control",
      ...this.#stems.map(stemColour),
    ]);
    if (this.#colours.refresh(performance.now())) this.#repaint();
    const position = this.clock();
    if (this.running && this.#taps.length > 0 && this.duration > 0) this.#hear(position);
    this.#movePlayhead(position);
    if (Math.floor(position) !== this.#shownSecond) this.#speak(position);
  };

  /**
   * Lets the playhead run by itself: the browser's compositor moves it smoothly and without any
   * work here, and only a seek, a loop, a pause or drift starts it anew.
   */
  #movePlayhead(position: number): void {
    const rate = this.running ? this.rate : 0;
    const now = performance.now() / 1000;
    const motion = this.#motion;
    if (motion && motion.rate === rate) {
      const expected = motion.from + (now - motion.at) * rate;
      const tolerance = rate === 0 ? 0 : DRIFT;
      if (Math.abs(position - expected) <= tolerance) return;
    }
    const x = (seconds: number) => `translateX(${this.#percent(seconds)}%)`;
    motion?.animation.cancel();
    const left = rate > 0 ? (this.duration - position) / rate : 0;
    const animation = this.playhead.animate(
      [{ transform: x(position) }, { transform: x(left > 0 ? this.duration : position) }],
      { duration: Math.max(0, left) * 1000, fill: "forwards" },
    );
    this.#motion = { from: position, at: now, rate, animation };
  }

  /** Once a column is passed, colours it by what sounds. */
  #hear(position: number): void {
    const column = Math.min(
      OUTLINE_COLUMNS - 1,
      Math.floor((position / this.duration) * OUTLINE_COLUMNS),
    );
    const last = this.#lastColumn;
    if (column === last) return;
    // A slow frame passes over columns; a seek or loop jumps, and leaves them unheard.
    const from = column > last && column - last < MAX_PASSED ? last + 1 : column;
    this.#lastColumn = column;
    this.#taps.forEach((tap, s) => {
      tap.read();
      const energy = tap.left.rms ** 2 + tap.right.rms ** 2;
      for (let c = from; c <= column; c++) this.#heard[c * this.#stems.length + s] = energy;
    });
    for (let c = from; c <= column; c++) this.#paint(c);
  }

  #paint(column: number): void {
    const pen = this.canvas.getContext("2d");
    if (!pen || !this.#colours) return;
    const [ground, ...stems] = this.#colours.texts;
    pen.clearRect(column, 0, 1, HEIGHT);
    const total = Math.max(LINE, this.outline?.[column] ?? 0) * HEIGHT;
    let sum = 0;
    for (let s = 0; s < this.#stems.length; s++) {
      this.#amplitudes[s] = Math.sqrt(this.#heard[column * this.#stems.length + s]);
      sum += this.#amplitudes[s];
    }
    const top = (HEIGHT - total) / 2;
    if (sum === 0) {
      pen.fillStyle = ground;
      pen.globalAlpha = 0.45;
      pen.fillRect(column, top, 1, total);
      pen.globalAlpha = 1;
      return;
    }
    stackHeights(this.#amplitudes, total, this.#heights);
    let y = top;
    this.#heights.forEach((height, s) => {
      pen.fillStyle = stems[s];
      if (height > 0) pen.fillRect(column, y, 1, top + total - y);
      y += height;
    });
  }

  #repaint(): void {
    for (let column = 0; column < OUTLINE_COLUMNS; column++) this.#paint(column);
  }

  #speak(position: number): void {
    this.#shownSecond = Math.floor(position);
    const lang = languageOf(this);
    this.slider.setAttribute("aria-valuenow", String(this.#shownSecond));
    this.slider.setAttribute(
      "aria-valuetext",
      fill(textsOf(this).positionValue, {
        position: speakTime(position, lang),
        duration: speakTime(this.duration, lang),
      }),
    );
    this.slider.title = formatTime(position);
  }

  #seek(position: number): void {
    request(this, Requests.seek, {
      position: Math.min(this.duration, Math.max(0, position)),
    });
  }

  #timeAt(event: PointerEvent): number {
    const box = this.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * this.duration;
  }

  #onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.slider.setPointerCapture(event.pointerId);
    this.#dragging = true;
    this.#seek(this.#timeAt(event));
  };

  #onPointerMove = (event: PointerEvent): void => {
    if (this.#dragging) this.#seek(this.#timeAt(event));
  };

  #onKey = (event: KeyboardEvent): void => {
    const to = moved(event, this.clock(), this.duration, STEP, PAGE);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#seek(to);
  };

  #onHandleKey(event: KeyboardEvent, point: "a" | "b", at: number): void {
    const to = moved(event, at, this.duration, event.shiftKey ? 0.1 : 1, STEP);
    if (to !== undefined) this.#moveLoop(point, to);
    else if (event.key === "Delete") request(this, Requests.loop, { loop: NO_LOOP });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #onHandleMove(event: PointerEvent, point: "a" | "b"): void {
    const handle = event.currentTarget as Element;
    if (handle.hasPointerCapture(event.pointerId)) this.#moveLoop(point, this.#timeAt(event));
  }

  /** A handle stops at the other one: dragging must not throw the loop away. */
  #moveLoop(point: "a" | "b", to: number): void {
    const loop = setLoopPoint(this.loop, point, to, this.duration);
    if (isLooping(this.loop) && !isLooping(loop)) return;
    if (request(this, Requests.loop, { loop })) this.loop = loop;
  }
}

/** Where a key moves a time to; undefined for other keys. */
function moved(event: KeyboardEvent, at: number, end: number, step: number, page: number) {
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowDown":
      return at - step;
    case "ArrowRight":
    case "ArrowUp":
      return at + step;
    case "PageDown":
      return at - page;
    case "PageUp":
      return at + page;
    case "Home":
      return 0;
    case "End":
      return end;
    default:
      return undefined;
  }
}

define("stem-timeline", StemTimeline);

declare global {
  interface HTMLElementTagNameMap {
    "stem-timeline": StemTimeline;
  }
}
