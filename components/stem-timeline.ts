// <stem-timeline>: a song's stems as waveforms that take on their colours as they become known, with ruler,
// position and A–B loop. Page thread; draws past Lit's rendering.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import type { Span } from "../src/player/index.ts";
import { DEFAULT_STEMS, type Stem } from "../src/index.ts";
import { LevelTap } from "./level-tap.ts";
import { oneOf } from "./checked.ts";
import { request, Requests } from "./constants.ts";
import {
  isLooping,
  MIN_LOOP,
  nearestBeat,
  NO_LOOP,
  setLoopPoint,
  type Loop,
} from "../src/player/index.ts";
import { OUTLINE_COLUMNS } from "../src/player/index.ts";
import { type LaneLevels, LanePyramid, mixturePyramid, rulerMarks } from "./core/lanes.ts";
import { stackHeights } from "./core/picture.ts";
import { fill } from "./core/texts.ts";
import { TimelineView } from "./core/timeline-view.ts";
import { formatTime, speakTime } from "./core/time.ts";
import "./core/texts-more.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import { languageOf, textsOf } from "./language.ts";
import { ZoomController } from "./mixer/timeline-zoom.ts";
import { CanvasColours, fitCanvas, pixelRatio } from "./styles/colours.ts";
import { stemColour } from "./styles/stem-colour.ts";
import { theme } from "./styles/theme.ts";
import { timelineStyles } from "./styles/timeline.ts";

/** Key steps in seconds. */
const [STEP, PAGE] = [5, 30];
/** Columns of the whole song, and seconds, that a single frame can pass over. */
const [MAX_PASSED, MAX_PASSED_SECONDS] = [8, 0.25];
/** How far the playhead may be from the truth, in seconds. */
const DRIFT = 0.08;
/** Least height of a bar, as a share: silence is a line. */
const LINE = 0.03;
/** CSS pixels from one bar to the next, and the share of them that is drawn. */
const [PITCH, DRAWN] = [3, 0.67];
/** Movement in CSS pixels below which a press is a click. */
const CLICK_SLOP = 5;
/** Least width of the ruler's marks, in its own em. */
const MARK_WIDTH = 5;
/** Seconds of a live input that are shown, and its bars on the widest screen. */
const [LIVE_SECONDS, LIVE_COLUMNS] = [15, 1300];

/**
 * The timeline of a song: click to seek, drag to make an A–B loop, drag its edges to move them. Arrow keys
 * move by 5 seconds, Page keys by 30. Loops go from beat to beat where those are known, but with Alt held. What
 * is not known yet is grey, as loud as the mixture; what has been heard, or computed ahead, has its stem's
 * colour. A live input scrolls by: its last 15 seconds. Lanes are zoomed by Ctrl and wheel, two fingers, or the buttons in
 * the ruler; the picture goes on with the playhead.
 *
 * @tag stem-timeline
 * @attr {number} duration - Length of the song in seconds.
 * @attr {"layers"|"lanes"} layout - One waveform of coloured layers, or a lane for each stem below a ruler.
 * @attr {boolean} live - A live input: what sounds now scrolls by, and there is nothing to seek.
 * @fires {CustomEvent<{position: number}>} stem-seek-request - The user wants another position.
 * @fires {CustomEvent<{loop: {a?: number, b?: number}}>} stem-loop-request - The user moved a loop point.
 * @csspart canvas - A picture: of the song, or of a lane.
 * @csspart ruler - The ruler above the lanes.
 * @csspart lane - One stem's lane.
 * @csspart playhead - The line at the position.
 * @csspart hover - The line and time under the pointer.
 * @csspart loop - The looped stretch.
 * @csspart ready - A stretch that is there in studio quality.
 * @csspart handle - A loop point.
 * @csspart zoom - The buttons in the ruler.
 * @cssproperty [--stem-ruler-height=1.5em] - Height of the ruler.
 * @cssproperty [--stem-lane-height=3.375em] - Height of a lane.
 * @cssproperty [--stem-lane-head=0px] - Room that is left free at the top of each lane.
 */
export class StemTimeline extends LitElement {
  static override styles = [theme, timelineStyles];

  @property({ type: Number }) duration = 0;
  @oneOf("layers", ["layers", "lanes"])
  @property({ reflect: true })
  layout: "layers" | "lanes" = "layers";
  @property({ type: Boolean, reflect: true }) live = false;
  /** Gives the position in seconds; asked every frame. */
  @property({ attribute: false }) clock: () => number = () => 0;
  /** Heights of the song's columns, 0 to 1; null draws a plain line. */
  @property({ attribute: false }) outline: Float32Array | null = null;
  /** The same in the columns of the finest level, a power of two for each; not known at once. */
  @property({ attribute: false }) detail: Float32Array | null | undefined = null;
  @property({ attribute: false }) loop: Loop = NO_LOOP;
  /** Seconds at which a loop that is drawn begins and ends, ascending. */
  @property({ attribute: false }) beats: Float64Array | undefined;
  /** Stretches that are there in studio quality, as shares of the song. */
  @property({ attribute: false }) ready: readonly Span[] = [];
  /** RMS amplitudes by column, then stem, of what is known without being heard; −1 where it is not. */
  @property({ attribute: false }) levels: Float32Array | null = null;
  /** The same in the columns of the finest level; what is filled in is seen when `ready` changes. */
  @property({ attribute: false }) fineLevels: Float32Array | null | undefined = null;
  /** The lanes, from the top. */
  @property({ attribute: false }) stems: readonly Stem[] = DEFAULT_STEMS;
  /** Stems that are not heard: their lanes are pale. */
  @property({ attribute: false }) silent: readonly Stem[] = [];
  /** The stems before their gains, for the colours. */
  @property({ attribute: false }) nodes: Readonly<Record<Stem, AudioNode>> | null = null;
  @property({ type: Boolean }) running = false;
  /** Tempo as a factor: seconds of the song that pass in a second. */
  @property({ attribute: false }) rate = 1;

  @query(".playhead") private playhead!: HTMLElement;
  @query(".seek") private slider!: HTMLElement;
  @query(".hover") private hover!: HTMLElement;

  #taps: LevelTap[] = [];
  /** @internal Which stretch of the song is shown. */
  readonly view = new TimelineView();
  readonly #zoom = new ZoomController(this);
  #pyramid = new LanePyramid(0, 0, 0);
  /** The mixture's at each of its levels. */
  #mixture: readonly (Float32Array | null)[] = [null];
  /** Which level is drawn. */
  #level = 0;
  /** Columns of the finest level that are known without being heard: 1 by `levels`, 2 by `fineLevels`. */
  #learnt = new Uint8Array(0);
  /** Whether the picture goes on with the playhead: not where the user has moved it away. */
  #follows = true;
  #pens: CanvasRenderingContext2D[] = [];
  #amplitudes = new Float32Array(0);
  #heights = new Float32Array(0);
  // What sounds, frame by frame, until a column of it has passed.
  #energies = new Float32Array(0);
  #heard = 0;
  #colours: CanvasColours | undefined;
  #stopFrames: (() => void) | undefined;
  #sizes: ResizeObserver | undefined;
  #width = 0;
  #stale = true;
  #shownSecond = -1;
  // The playhead's movement: from a position at a time of the page's clock, in seconds.
  #motion: { from: number; at: number; rate: number; animation: Animation } | undefined;
  #lastColumn = -1;
  /** A press that is a click so far, or the loop that it draws. */
  #press: { readonly x: number; readonly from: number; draws: boolean } | undefined;
  #drawn: Loop | undefined;
  // A live input: the column that is written next, and the share of it that has passed.
  #next = 0;
  #due = 0;
  readonly #stillness = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

  protected override render() {
    const texts = textsOf(this);
    const loop = this.#drawn ?? this.loop;
    return html`
      ${this.layout === "lanes" ? this.#lanes() : html`<canvas part="canvas" aria-hidden="true"></canvas>`}
      ${
        isLooping(loop)
          ? html`<div class="loop" part="loop" .style=${this.#span(loop.a, loop.b)}></div>`
          : nothing
      }
      ${this.ready.map(
        ([start, end]) =>
          html`<div
            class="ready"
            part="ready"
            .style=${this.#span(start * this.duration, end * this.duration)}
          ></div>`,
      )}
      <div class="hover" part="hover" aria-hidden="true" hidden><span class="number"></span></div>
      <div class="playhead" part="playhead" ?hidden=${this.live}></div>
      <div
        class="seek"
        role=${this.live ? nothing : "slider"}
        tabindex=${this.live ? nothing : 0}
        aria-label=${this.live ? nothing : texts.position}
        aria-valuemin=${this.live ? nothing : 0}
        aria-valuemax=${this.live ? nothing : Math.floor(this.duration) || 0}
        aria-valuenow=${this.live ? nothing : 0}
        @keydown=${this.#onKey}
        @pointerdown=${this.#onPointerDown}
        @pointermove=${this.#onPointerMove}
        @pointerup=${this.#onPointerUp}
        @pointercancel=${this.#onPointerCancel}
        @pointerleave=${() => (this.hover.hidden = true)}
      ></div>
      ${this.#handle("a", loop.a, texts.loopStart)} ${this.#handle("b", loop.b, texts.loopEnd)}
      ${this.zooms ? this.#zoom.render(texts) : nothing}
    `;
  }

  #lanes() {
    const most = this.#width / (MARK_WIDTH * 11);
    return html`<div class="ruler" part="ruler" aria-hidden="true">
        ${rulerMarks(this.view.span, most, this.view.start).map(
          (at) =>
            html`<div class="mark" .style="left:${this.#percent(at)}%">
              <span class="number">${formatTime(at)}</span>
            </div>`,
        )}
      </div>
      ${this.stems.map(
        (stem) =>
          html`<div class="lane" part="lane" ?data-silent=${this.silent.includes(stem)}>
            <canvas part="canvas" aria-hidden="true"></canvas>
          </div>`,
      )}`;
  }

  #handle(point: "a" | "b", at: number | undefined, label: string) {
    // One that lies outside would stand beside the timeline.
    if (at === undefined || (!this.view.isWhole && !this.view.shows(at))) return nothing;
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
      .style="left:${this.#percent(at)}%"
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
    this.#sizes = new ResizeObserver(([{ contentRect }]) => {
      const grown = contentRect.width !== this.#width;
      this.#width = contentRect.width;
      this.#stale = true;
      // In a frame of its own: a change of layout within the observer's makes the browser complain.
      if (grown && this.layout === "lanes") requestAnimationFrame(() => this.requestUpdate());
    });
    this.#sizes.observe(this);
    this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopPlayhead();
    this.#stopFrames?.();
    this.#sizes?.disconnect();
    this.#colours?.dispose();
    this.#colours = undefined;
    this.#detach();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("duration") || changed.has("live")) {
      this.view.reset(this.duration);
      this.#follows = true;
    }
    const deepened = changed.has("detail") && this.#depth !== this.#pyramid.levels.length - 1;
    if (changed.has("stems") || changed.has("live") || deepened) this.#setStems();
    if (changed.has("outline") || changed.has("detail") || deepened) this.#setMixture();
    if (changed.has("layout") && !this.zooms) this.view.reset(this.duration);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("nodes") || changed.has("stems")) this.#attach();
    if (changed.has("outline") || changed.has("duration")) {
      this.clear();
      this.#stopPlayhead();
    }
    const learns = [
      "levels",
      "fineLevels",
      "ready",
      "outline",
      "stems",
      "duration",
      "detail",
    ] as const;
    if (learns.some((name) => changed.has(name))) this.#learn();
    this.#stale ||= changed.has("layout") || changed.has("stems") || changed.has("detail");
    this.#shownSecond = -1;
  }

  /** Forgets what was heard. */
  clear(): void {
    this.#pyramid.clear();
    this.#learnt.fill(0);
    this.#lastColumn = -1;
    this.#stale = true;
  }

  /** Colours what is known ahead of the playhead. */
  #learn(): void {
    if (this.live) return;
    const { stems } = this;
    const { columns } = this.#pyramid.finest;
    const fine = this.fineLevels?.length === columns * stems.length ? this.fineLevels : undefined;
    const levels = fine ?? this.levels;
    if (!levels || levels.length === 0 || (columns * stems.length) % levels.length > 0) return;
    const each = (columns * stems.length) / levels.length;
    // What is known coarsely may be known better later.
    const rank = fine ? 2 : 1;
    for (let c = 0; c < columns; c++) {
      const at = Math.floor(c / each) * stems.length;
      if (this.#learnt[c] >= rank || !(levels[at] >= 0)) continue;
      this.#pyramid.set(c, levels.subarray(at, at + stems.length));
      this.#learnt[c] = rank;
      this.#stale = true;
    }
  }

  /** @internal Only lanes of a song are zoomed: live inputs have no more, and layers little room. */
  get zooms(): boolean {
    return this.layout === "lanes" && !this.live && this.duration > 0;
  }

  get #depth(): number {
    return this.live || !this.detail ? 0 : Math.log2(this.detail.length / OUTLINE_COLUMNS);
  }

  #setMixture(): void {
    this.#mixture = mixturePyramid(this.outline, this.detail, this.#pyramid.levels.length - 1);
  }

  /** Zooms in, or out with -1, around the playhead where that is seen. */
  zoomBy(direction: 1 | -1): void {
    this.#zoom.step(direction);
  }

  /** @internal */
  viewChanged(): void {
    this.#follows = this.view.shows(this.clock());
    this.#moved();
  }

  /** The picture shows another stretch. */
  #moved(): void {
    this.#stopPlayhead();
    this.#stale = true;
    this.requestUpdate();
  }

  #stopPlayhead(): void {
    this.#motion?.animation.cancel();
    this.#motion = undefined;
  }

  /** What was heard of other stems is forgotten. */
  #setStems(): void {
    const { length } = this.stems;
    const columns = this.live ? LIVE_COLUMNS : OUTLINE_COLUMNS;
    this.#pyramid = new LanePyramid(length, columns, this.#depth);
    this.#level = 0;
    this.#learnt = new Uint8Array(this.#pyramid.finest.columns);
    this.#setMixture();
    this.#amplitudes = new Float32Array(length);
    this.#heights = new Float32Array(length);
    this.#energies = new Float32Array(length);
    this.#heard = 0;
    this.#next = 0;
    this.#stale = true;
    this.#colours?.dispose();
    this.#colours = undefined;
  }

  #attach(): void {
    this.#detach();
    const { nodes } = this;
    if (!nodes || !this.isConnected) return;
    if (this.stems.every((stem) => nodes[stem])) {
      this.#taps = this.stems.map((stem) => LevelTap.on(nodes[stem]));
    }
  }

  #detach(): void {
    for (const tap of this.#taps) tap.dispose();
    this.#taps = [];
  }

  #percent(seconds: number): number {
    return this.view.percent(seconds);
  }

  #span(a: number, b: number): string {
    // What goes on outside needs no more than its edge.
    const [left, right] = [a, b].map((at) => Math.min(101, Math.max(-1, this.#percent(at))));
    return `left:${left}%;right:${100 - right}%`;
  }

  #frame = (elapsed: number): void => {
    if (!this.hasUpdated) return;
    this.#colours ??= new CanvasColours(this.renderRoot as ShadowRoot, [
      "--_control",
      ...this.stems.map(stemColour),
    ]);
    if (this.#colours.refresh(performance.now())) this.#stale = true;
    const position = this.clock();
    if (!this.live) this.#keepInView(position);
    if (this.#stale) this.#repaint();
    if (this.live) {
      if (this.running && this.#taps.length > 0) this.#scroll(elapsed);
      return;
    }
    if (this.running && this.#taps.length > 0 && this.duration > 0) this.#hear(position);
    this.#movePlayhead(position);
    if (Math.floor(position) !== this.#shownSecond) this.#speak(position);
  };

  /** Goes on with the playhead, and to where it has jumped to. */
  #keepInView(position: number): void {
    if (this.view.shows(position)) this.#follows = true;
    else if (this.#follows && this.view.follow(position)) this.#moved();
  }

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

  // --- what is known -----------------------------------------------------------------------------

  /** Takes in what has sounded since the frame before. */
  #listen(): void {
    this.#heard++;
    this.#taps.forEach((tap, s) => {
      tap.read();
      this.#energies[s] += tap.left.rms ** 2 + tap.right.rms ** 2;
    });
  }

  /** How loud the stems have been since the last time this was asked. */
  #measure(): void {
    const { length } = this.#amplitudes;
    for (let s = 0; s < length; s++) {
      this.#amplitudes[s] = Math.sqrt(this.#energies[s] / Math.max(1, this.#heard));
    }
    this.#energies.fill(0);
    this.#heard = 0;
  }

  /** Once a column of what is drawn is passed, colours it by what sounds. */
  #hear(position: number): void {
    const { columns } = this.#levels;
    const column = Math.min(columns - 1, Math.floor((position / this.duration) * columns));
    const last = this.#lastColumn;
    this.#listen();
    if (column === last) return;
    // A slow frame passes over columns; a seek or loop jumps, and leaves them unheard.
    const most = Math.max(
      (MAX_PASSED * columns) / OUTLINE_COLUMNS,
      (MAX_PASSED_SECONDS * columns) / this.duration,
    );
    const from = column > last && column - last < most ? last + 1 : column;
    this.#lastColumn = column;
    this.#measure();
    const fine = this.#pyramid.finest.columns / columns;
    for (let c = from * fine; c < (column + 1) * fine; c++) {
      if (this.#learnt[c] === 0) this.#pyramid.set(c, this.#amplitudes);
    }
    const { start, span } = this.view;
    const bar = (column: number) =>
      Math.floor((((column / columns) * this.duration - start) / span) * this.#bars);
    const [first, end] = [Math.max(0, bar(from)), Math.min(this.#bars - 1, bar(column))];
    for (let b = first; b <= end; b++) this.#paint(b);
  }

  /** Lets a live input's columns move on by the time that has passed. */
  #scroll(elapsed: number): void {
    this.#listen();
    this.#due += (elapsed * this.#bars) / LIVE_SECONDS;
    const passed = Math.floor(this.#due);
    if (passed === 0) return;
    this.#due -= passed;
    this.#measure();
    for (let i = 0; i < passed; i++) {
      this.#pyramid.set(this.#next, this.#amplitudes);
      this.#next = (this.#next + 1) % LIVE_COLUMNS;
    }
    if (this.#stillness?.matches) {
      for (let i = 1; i <= passed; i++) this.#paint((this.#next - i) % this.#bars);
      return;
    }
    const pitch = livePitch();
    for (const pen of this.#pens) {
      pen.globalCompositeOperation = "copy";
      pen.drawImage(pen.canvas, -passed * pitch, 0);
      pen.globalCompositeOperation = "source-over";
    }
    for (let i = 1; i <= passed; i++) this.#paint(this.#bars - i);
  }

  // --- pictures ----------------------------------------------------------------------------------

  get #bars(): number {
    const { levels } = this.#pyramid;
    return Math.max(1, Math.min(levels[0].columns, Math.floor(this.#width / PITCH)));
  }

  /** What is known at the level that is drawn. */
  get #levels(): LaneLevels {
    return this.#pyramid.levels[this.#level];
  }

  get #outline(): Float32Array | null {
    return this.#mixture[this.#level] ?? null;
  }

  #repaint(): void {
    if (this.#width === 0 || !this.#colours) return;
    this.#stale = false;
    const level = this.#pyramid.levelFor(this.#bars, 1 / this.view.zoom);
    if (level !== this.#level) this.#lastColumn = -1;
    this.#level = level;
    this.#pens = [...this.renderRoot.querySelectorAll("canvas")].flatMap((canvas) => {
      fitCanvas(canvas, canvas.clientWidth, canvas.clientHeight);
      return canvas.getContext("2d") ?? [];
    });
    for (const pen of this.#pens) pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
    for (let bar = 0; bar < this.#bars; bar++) this.#paint(bar);
  }

  #paint(bar: number): void {
    const bars = this.#bars;
    const { columns } = this.#levels;
    const { start, span } = this.view;
    const share = this.duration > 0 ? columns / this.duration : 0;
    const column = (bar: number) => Math.floor((start + (bar / bars) * span) * share + 1e-6);
    let from = column(bar);
    let to = Math.max(from + 1, Math.min(columns, column(bar + 1)));
    if (this.live) {
      const still = this.#stillness?.matches ?? false;
      from = still ? bar : (this.#next - bars + bar + columns) % columns;
      to = from + 1;
    }
    this.#pens.forEach((pen, lane) => {
      const { width, height } = pen.canvas;
      const pitch = this.live ? livePitch() : width / bars;
      const left = this.live ? width - (bars - bar) * pitch : Math.round(bar * pitch);
      const room = this.live ? pitch : Math.round((bar + 1) * pitch) - left;
      pen.clearRect(left, 0, room, height);
      const drawn = Math.max(1, Math.round(room * DRAWN));
      if (this.layout === "lanes") this.#paintLane(pen, lane, left, drawn, from, to);
      else this.#paintLayers(pen, left, drawn, from, to);
    });
  }

  #paintLane(
    pen: CanvasRenderingContext2D,
    lane: number,
    x: number,
    width: number,
    from: number,
    to: number,
  ): void {
    const [ground, ...stems] = this.#colours?.texts ?? [];
    const known = this.#levels.knows(from, to);
    const share = this.#levels.height(lane, from, to, this.#outline);
    const height = Math.max(LINE, share) * pen.canvas.height;
    pen.fillStyle = known ? stems[lane] : ground;
    pen.globalAlpha = known ? 1 : 0.5;
    pen.fillRect(x, (pen.canvas.height - height) / 2, width, height);
    pen.globalAlpha = 1;
  }

  #paintLayers(
    pen: CanvasRenderingContext2D,
    x: number,
    width: number,
    from: number,
    to: number,
  ): void {
    const [ground, ...stems] = this.#colours?.texts ?? [];
    const mixture = this.#levels.mixture(from, to, this.#outline);
    const total = Math.max(LINE, mixture) * pen.canvas.height;
    const top = (pen.canvas.height - total) / 2;
    if (!this.#levels.knows(from, to)) {
      pen.fillStyle = ground;
      pen.globalAlpha = 0.5;
      pen.fillRect(x, top, width, total);
      pen.globalAlpha = 1;
      return;
    }
    for (let s = 0; s < stems.length; s++) {
      this.#amplitudes[s] = this.#levels.amplitude(s, from, to);
    }
    stackHeights(this.#amplitudes, total, this.#heights);
    let y = top;
    this.#heights.forEach((height, s) => {
      pen.fillStyle = stems[s];
      if (height > 0) pen.fillRect(x, y, width, top + total - y);
      y += height;
    });
  }

  // --- what the user does ------------------------------------------------------------------------

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
  }

  #seek(position: number): void {
    request(this, Requests.seek, {
      position: Math.min(this.duration, Math.max(0, position)),
    });
  }

  #onBeat(time: number, { altKey }: PointerEvent): number {
    return altKey ? time : nearestBeat(this.beats, time);
  }

  #timeAt(event: PointerEvent): number {
    const box = this.getBoundingClientRect();
    return this.view.timeAt((event.clientX - box.left) / box.width);
  }

  #onPointerDown = (event: PointerEvent): void => {
    if (this.#zoom.down(event)) return;
    if (event.button !== 0 || !(this.duration > 0)) return;
    this.slider.setPointerCapture(event.pointerId);
    this.#press = { x: event.clientX, from: this.#timeAt(event), draws: false };
  };

  #onPointerMove = (event: PointerEvent): void => {
    if (this.#zoom.move(event)) return;
    const at = this.#timeAt(event);
    this.#showHover(event, at);
    const press = this.#press;
    if (!press) return;
    press.draws ||= Math.abs(event.clientX - press.x) >= CLICK_SLOP;
    if (!press.draws) return;
    const ends = [press.from, at].map((time) => this.#onBeat(time, event));
    this.#drawn = { a: Math.min(...ends), b: Math.max(...ends) };
    this.requestUpdate();
  };

  #onPointerUp = (event: PointerEvent): void => {
    this.#zoom.up(event);
    const [press, drawn] = [this.#press, this.#drawn];
    this.dropPress();
    if (drawn && isLooping(drawn) && drawn.b - drawn.a >= MIN_LOOP) {
      if (request(this, Requests.loop, { loop: drawn })) this.loop = drawn;
    } else if (press) this.#seek(this.#timeAt(event));
  };

  #onPointerCancel = (event: PointerEvent): void => {
    this.#zoom.up(event);
    this.dropPress();
  };

  /** @internal */
  dropPress(): void {
    this.#press = undefined;
    if (!this.#drawn) return;
    this.#drawn = undefined;
    this.requestUpdate();
  }

  /** The time under a mouse or pen; a finger would cover it. */
  #showHover(event: PointerEvent, at: number): void {
    const { hover } = this;
    hover.hidden = event.pointerType === "touch" || !(this.duration > 0);
    if (hover.hidden) return;
    const x = (this.view.percent(at) / 100) * this.#width;
    hover.style.transform = `translateX(${x}px)`;
    hover.toggleAttribute("data-flipped", x > this.#width / 2);
    const text = formatTime(at);
    if (hover.textContent !== text) hover.firstElementChild!.textContent = text;
  }

  #onKey = (event: KeyboardEvent): void => {
    const to = moved(event, this.clock(), this.duration, STEP, PAGE);
    if (to === undefined || this.live) return;
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
    if (!handle.hasPointerCapture(event.pointerId)) return;
    this.#moveLoop(point, this.#onBeat(this.#timeAt(event), event));
  }

  /** A handle stops at the other one: dragging must not throw the loop away. */
  #moveLoop(point: "a" | "b", to: number): void {
    const loop = setLoopPoint(this.loop, point, to, this.duration);
    if (isLooping(this.loop) && !isLooping(loop)) return;
    if (request(this, Requests.loop, { loop })) this.loop = loop;
  }
}

/** Pixels of a canvas from one bar of a live input to the next. */
const livePitch = () => Math.round(PITCH * pixelRatio());

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
