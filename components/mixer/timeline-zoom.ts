// What zooms and moves a timeline: wheel, two fingers, buttons. Page thread; comes with the timeline.
import { html, type ReactiveController, type ReactiveControllerHost } from "lit";
import type { TimelineView } from "../core/timeline-view.ts";
import { fill, type Texts } from "../core/texts.ts";
import { formatTime } from "../core/time.ts";
import { minusIcon, plusIcon } from "./icons.ts";

/** Factor of a step, and pixels of a wheel that make one. */
const [STEP, WHEEL] = [2, 240];
/** CSS pixels of a line and of a page, for wheels that count in them. */
const UNITS = [1, 16, 400];

export interface ZoomHost extends ReactiveControllerHost, HTMLElement {
  readonly view: TimelineView;
  /** Whether there is something to zoom. */
  readonly zooms: boolean;
  readonly clock: () => number;
  /** The view has changed. */
  viewChanged(): void;
  /** Gives up what a press has begun. */
  dropPress(): void;
}

export class ZoomController implements ReactiveController {
  readonly #host: ZoomHost;
  /** Fingers on the timeline: where they are. */
  readonly #fingers = new Map<number, number>();

  constructor(host: ZoomHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    // Lit's listeners are passive for wheels where the browser says so.
    this.#host.addEventListener("wheel", this.#onWheel, { passive: false });
  }

  hostDisconnected(): void {
    this.#host.removeEventListener("wheel", this.#onWheel);
    this.#fingers.clear();
  }

  /** A step in or out, around the playhead where that is seen, else the middle. */
  step(direction: 1 | -1): void {
    const { view, clock } = this.#host;
    const at = clock();
    this.#zoom(STEP ** direction, view.shows(at) ? at : view.start + view.span / 2);
  }

  #zoom(factor: number, at: number): void {
    if (this.#host.zooms && this.#host.view.zoomBy(factor, at)) this.#host.viewChanged();
  }

  #move(seconds: number): void {
    if (this.#host.view.moveBy(seconds)) this.#host.viewChanged();
  }

  #timeAt(x: number): number {
    const { left, width } = this.#host.getBoundingClientRect();
    return this.#host.view.timeAt((x - left) / width);
  }

  /** With Ctrl, as a trackpad's pinch comes, it zooms; sideways, or with Shift, it moves. All else scrolls the page. */
  #onWheel = (event: WheelEvent): void => {
    const { view, zooms } = this.#host;
    if (!zooms) return;
    const unit = UNITS[event.deltaMode];
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      return this.#zoom(STEP ** ((-event.deltaY * unit) / WHEEL), this.#timeAt(event.clientX));
    }
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (view.isWhole || Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    event.preventDefault();
    this.#move(((sideways * unit) / this.#host.clientWidth) * view.span);
  };

  /** Whether a press belongs to two fingers. */
  down({ pointerType, pointerId, clientX }: PointerEvent): boolean {
    if (pointerType !== "touch" || !this.#host.zooms) return false;
    this.#fingers.set(pointerId, clientX);
    if (this.#fingers.size < 2) return false;
    this.#host.dropPress();
    return true;
  }

  /** What two fingers held stays between them. */
  move({ pointerId, clientX }: PointerEvent): boolean {
    if (this.#fingers.size !== 2 || !this.#fingers.has(pointerId)) return false;
    const [a, b] = this.#fingers.values();
    const held = this.#timeAt((a + b) / 2);
    this.#fingers.set(pointerId, clientX);
    const [c, d] = this.#fingers.values();
    const { view } = this.#host;
    const { clientWidth } = this.#host;
    this.#zoom(Math.max(1, Math.abs(c - d)) / Math.max(1, Math.abs(a - b)), held);
    this.#move((((a + b) / 2 - (c + d) / 2) / clientWidth) * view.span);
    return true;
  }

  up({ pointerId }: PointerEvent): void {
    this.#fingers.delete(pointerId);
  }

  render(texts: Texts) {
    const { view } = this.#host;
    const button = (direction: 1 | -1, label: string, off: boolean, icon: unknown) =>
      html`<button
        aria-label=${label}
        title=${label}
        ?disabled=${off}
        @click=${() => this.step(direction)}
      >
        ${icon}
      </button>`;
    const [from, to] = [formatTime(view.start), formatTime(view.end)];
    const shown = view.isWhole ? texts.zoomWhole : fill(texts.zoomShown, { from, to });
    return html`<div class="zoom" part="zoom" ?data-zoomed=${!view.isWhole}>
      ${button(-1, texts.zoomOut, view.isWhole, minusIcon)}
      ${button(1, texts.zoomIn, view.isClosest, plusIcon)}
      <span class="visually-hidden" role="status">${shown}</span>
    </div>`;
  }
}
