// Which layout fits a mixer: by its own width in em, so that large text gets the narrow one, and by the
// height of its slot. Page thread.
import type { ReactiveController } from "lit";
import type { Layout, MixerHost } from "./view.ts";

/** Widths in em from which waveforms stand beside the controls, and from which everything grows. */
const [FULL, LARGE] = [45, 100];
/** Width in em below which a stem's name stands above its controls. */
const TINY = 20;
/** Width in em below which a compact mixer has no room for knobs: those are in the mixer that it opens. */
const LEAST = 14;
/** Height in CSS pixels of a slot from which it is not low. */
const LOW = 480;

type Host = MixerHost &
  HTMLElement & { readonly layout: "full" | "compact" | "auto"; readonly hasUpdated: boolean };

export class LayoutController implements ReactiveController {
  readonly #host: Host;
  #sizes: ResizeObserver | undefined;
  #width = Infinity;
  #isLow = false;
  #expanded = false;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    // In a frame of its own: a change of layout within the observer's makes the browser complain.
    this.#sizes = new ResizeObserver(() => requestAnimationFrame(() => this.#measure()));
    this.#sizes.observe(this.#host);
    if (this.#host.hasUpdated) this.#watch();
  }

  hostDisconnected(): void {
    this.#sizes?.disconnect();
    this.#expanded = false;
  }

  hostUpdated(): void {
    if (this.#width === Infinity) this.#watch();
    const mixer = this.#mixer;
    if (!this.#expanded || !mixer || !("showPopover" in mixer)) return;
    if (!mixer.matches(":popover-open")) mixer.showPopover();
  }

  get #mixer(): HTMLElement | null | undefined {
    return this.#host.shadowRoot?.querySelector<HTMLElement>(".mixer");
  }

  /** The first measure comes before the first picture. */
  #watch(): void {
    if (this.#mixer) this.#sizes?.observe(this.#mixer);
    this.#measure();
  }

  #measure(): void {
    const mixer = this.#mixer;
    if (!mixer || !this.#host.isConnected) return;
    const width = mixer.offsetWidth / parseFloat(getComputedStyle(this.#host).fontSize);
    const slot = this.#host.clientHeight;
    const overflows = slot > 0 && slot < LOW && mixer.offsetHeight > slot + 1;
    const isLow = this.#expanded ? this.#isLow : overflows || (this.#isLow && slot < LOW);
    if (width === this.#width && isLow === this.#isLow) return;
    [this.#width, this.#isLow] = [width, isLow];
    this.#host.requestUpdate();
  }

  get current(): Layout {
    if (!this.#expanded) {
      if (this.#host.layout === "compact") return "compact";
      if (this.#host.layout === "auto" && (this.#isLow || isLowFrame())) return "compact";
    }
    return this.#width < FULL ? "narrow" : "full";
  }

  get size(): "tiny" | "small" | "usual" | "large" {
    const width = this.#width;
    return width < TINY ? "tiny" : width < FULL ? "small" : width < LARGE ? "usual" : "large";
  }

  /** Whether a compact mixer goes without knobs. */
  get isLeast(): boolean {
    return this.#width < LEAST;
  }

  /** Whether a compact mixer is open over the page. */
  get expanded(): boolean {
    return this.#expanded;
  }

  /** Opens a compact mixer over the page, where its slot leaves no room, or makes it small again. */
  toggle(): void {
    // The slot stays as high as it was, or the page would jump.
    const { style } = this.#host;
    style.minHeight = this.#expanded ? "" : `${this.#host.offsetHeight}px`;
    this.#expanded = !this.#expanded;
    this.#host.requestUpdate();
    void this.#host.updateComplete.then(() => {
      this.#measure();
      this.#mixer?.querySelector<HTMLElement>(".expand")?.focus();
    });
  }
}

/** Whether the page is a low frame within another. */
const isLowFrame = (): boolean => globalThis.parent !== globalThis.self && innerHeight < LOW;
