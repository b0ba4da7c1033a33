// Theme colours for canvases, which CSS does not reach. Page thread.
import { parseRgb, type Rgb } from "../core/picture.ts";

/**
 * Reads CSS colours of an element as numbers and as text: when the system's scheme changes, and
 * once a second, for a theme can change without an event. Each is a
 * custom property, such as "--_vocals", or any CSS colour.
 */
export class CanvasColours {
  #texts: string[] = [];
  #values: Rgb[] = [];
  #read = -Infinity;
  readonly #probes: HTMLElement[];
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");

  /** Puts hidden probes into `root`, one a colour: resolving light-dark() and var() needs an element. */
  constructor(root: ShadowRoot, names: readonly string[]) {
    this.#probes = names.map((name) => {
      const probe = document.createElement("i");
      probe.hidden = true;
      probe.style.setProperty("forced-color-adjust", "none");
      probe.style.color = name.startsWith("--") ? `var(${name})` : name;
      root.append(probe);
      return probe;
    });
    this.#scheme.addEventListener("change", this.#expire);
  }

  #expire = (): void => {
    this.#read = -Infinity;
  };

  /** Whether they were read anew just now; then `texts` and `values` may have changed. */
  refresh(now: number): boolean {
    if (now - this.#read < 1000) return false;
    this.#read = now;
    const texts = this.#probes.map((probe) => getComputedStyle(probe).color);
    if (texts.every((text, i) => text === this.#texts[i])) return false;
    this.#texts = texts;
    this.#values = texts.map(parseRgb);
    return true;
  }

  get texts(): readonly string[] {
    return this.#texts;
  }

  get values(): readonly Rgb[] {
    return this.#values;
  }

  dispose(): void {
    this.#scheme.removeEventListener("change", this.#expire);
    for (const probe of this.#probes) probe.remove();
  }
}

/** Pixels of a canvas for a CSS pixel. */
export const pixelRatio = (): number => Math.min(2, globalThis.devicePixelRatio || 1);

/** Gives a canvas as many pixels as it covers on screen; true where that changed. */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): boolean {
  const ratio = pixelRatio();
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  return true;
}
