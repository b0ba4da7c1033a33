// <gain-knob>: a rotary gain control in decibels. Page thread.
import { html, LitElement, nothing, svg, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Stem } from "../src/index.ts";
import { numeric, oneOf } from "./checked.ts";
import { request, Requests } from "./constants.ts";
import {
  decibelsToPosition,
  formatDecibels,
  MAX_DECIBELS,
  MIN_DECIBELS,
  parseDecibels,
  positionToDecibels,
  STEP,
  toControlDecibels,
} from "../src/player/index.ts";
import { fill } from "./core/texts.ts";
import { define } from "./define.ts";
import { languageOf, textsOf } from "./language.ts";
import { knobStyles } from "./styles/knob.ts";
import { colourByStem } from "./styles/stem-colour.ts";
import { theme } from "./styles/theme.ts";

/** Pixels of pointer travel from one end of the range to the other; ten times that with Shift. */
const TRAVEL = 220;
/** Movement in pixels below which a press counts as a click. */
const CLICK_SLOP = 4;
/** How long a finger rests until it turns the knob upwards and downwards, too, in milliseconds. */
const HOLD = 300;

interface Drag {
  readonly id: number;
  readonly touch: boolean;
  x: number;
  y: number;
  position: number;
  moved: boolean;
  /** A finger has rested on it: the page does not scroll any more. */
  held: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

const START_ANGLE = -135;
const SWEEP = 270;

/**
 * A gain knob. Drag it (Shift: fine), turn the wheel over it, use arrow keys (Shift: 0.1 dB),
 * Page Up and Down (6 dB), Home and End, type a number, or double-click to reset it. A finger turns it
 * sideways, or in any direction after a short hold; a vertical swipe scrolls the page.
 *
 * It moves itself and says so with `stem-gain-request`; a host that owns the state may prevent the
 * default and set `value` instead.
 *
 * @tag gain-knob
 * @attr {number} value - Gain in dB, -60 (silent) to 12.
 * @attr {number} default-value - Gain in dB that a double-click returns to.
 * @attr {string} label - Name spoken by screen readers, such as "Vocals".
 * @attr {string} stem - Stem it belongs to; gives the colour.
 * @attr {"knob"|"inline"|"fader"} shape - A round knob, a small one with its number beside it, or a lying fader for a stage.
 * @attr {boolean} disabled - Makes it immovable and unfocusable.
 * @fires {CustomEvent<{stem: string|undefined, gain: number}>} stem-gain-request - The user wants another gain.
 * @csspart dial - The focusable knob.
 * @csspart track - The ring behind the value.
 * @csspart value - The ring's filled part.
 * @csspart number - The gain in figures.
 * @cssproperty [--stem-knob-size=7em] - Diameter.
 * @cssproperty --stem-vocals - Colour of the vocals; the other stems have theirs.
 */
export class GainKnob extends LitElement {
  static override styles = [theme, knobStyles];
  static override shadowRootOptions: ShadowRootInit = {
    ...LitElement.shadowRootOptions,
    delegatesFocus: true,
  };

  /** Gain in dB. Setting it does not send a request. */
  @numeric(0)
  @property({ type: Number })
  value = 0;
  /** Gain in dB that a double-click returns to. */
  @numeric(0)
  @property({ type: Number, attribute: "default-value" })
  defaultValue = 0;
  @property() label = "";
  @property({ reflect: true }) stem: Stem | undefined;
  @property({ type: Boolean, reflect: true }) disabled = false;
  @oneOf("knob", ["knob", "inline", "fader"])
  @property({ reflect: true })
  shape: "knob" | "inline" | "fader" = "knob";

  @state() private editing = false;
  @query("input") private field!: HTMLInputElement;
  @query("[role=slider]") private dial!: HTMLElement;

  #drag: Drag | undefined;
  // Whether it was dragged since it has the focus: then digits are not for it.
  #dragged = false;
  // The wheel turns the knob only for a pointer that came to it: a knob that scrolls under a
  // resting pointer must not swallow the page's scrolling.
  #pointed = false;
  #draft = "";

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("stem")) colourByStem(this, this.stem);
    if (changed.has("value")) this.value = toControlDecibels(this.value);
  }

  protected override render() {
    const lang = languageOf(this);
    const texts = textsOf(this);
    const position = decibelsToPosition(this.value);
    const figures = formatDecibels(this.value, lang);
    const spoken =
      this.value <= MIN_DECIBELS ? texts.silent : fill(texts.decibels, { value: figures });
    return html`
      <div
        part="dial"
        class="dial"
        role="slider"
        tabindex=${this.disabled ? nothing : 0}
        aria-label=${this.label || nothing}
        aria-valuemin=${MIN_DECIBELS}
        aria-valuemax=${MAX_DECIBELS}
        aria-valuenow=${this.value}
        aria-valuetext=${spoken}
        aria-disabled=${this.disabled ? "true" : nothing}
        title=${texts.resetHint}
        @keydown=${this.#onKey}
        @wheel=${this.#onWheel}
        @pointerdown=${this.#onPointerDown}
        @pointermove=${this.#onPointerMove}
        @pointerup=${this.#onPointerUp}
        @pointercancel=${this.#endDrag}
        @touchmove=${this.#onTouchMove}
        @contextmenu=${this.#onContextMenu}
        @blur=${() => (this.#dragged = false)}
        @pointerleave=${() => (this.#pointed = false)}
        @dblclick=${() => this.#reset()}
      >
        ${this.shape === "fader" ? fader(position) : knob(position)}
        <span class="readout number" part="number" aria-hidden="true" ?hidden=${this.editing}>
          ${this.shape === "fader" ? html`<span class="name">${this.label}</span>` : nothing}
          <span class="figures">${figures}</span><span class="unit">dB</span>
        </span>
      </div>
      <input
        class="number"
        type="text"
        inputmode="text"
        autocomplete="off"
        aria-label=${fill(texts.gainInput, { stem: this.label })}
        ?hidden=${!this.editing}
        @keydown=${this.#onFieldKey}
        @blur=${() => this.#endEdit(true)}
      />
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("editing") && this.editing) {
      this.field.value = this.#draft;
      this.field.focus();
      if (this.#draft === "") this.field.value = formatDecibels(this.value, languageOf(this));
      if (this.#draft === "") this.field.select();
    }
  }

  #ask(decibels: number): void {
    const gain = toControlDecibels(decibels);
    if (this.disabled || gain === this.value) return;
    if (request(this, Requests.gain, { stem: this.stem, gain })) this.value = gain;
  }

  #reset(): void {
    if (this.editing) this.#endEdit(false);
    this.#ask(this.defaultValue);
  }

  #onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || this.disabled) return;
    const step = event.shiftKey ? STEP.fine : STEP.normal;
    if (event.key === "ArrowUp" || event.key === "ArrowRight") this.#ask(this.value + step);
    else if (event.key === "ArrowDown" || event.key === "ArrowLeft") this.#ask(this.value - step);
    else if (event.key === "PageUp") this.#ask(this.value + STEP.page);
    else if (event.key === "PageDown") this.#ask(this.value - STEP.page);
    else if (event.key === "Home") this.#ask(MIN_DECIBELS);
    else if (event.key === "End") this.#ask(MAX_DECIBELS);
    else if (event.key === "Delete" || event.key === "Backspace") this.#reset();
    else if (event.key === "Enter") this.#startEdit("");
    else if (!this.#dragged && /^[-−+.,\d]$/.test(event.key)) this.#startEdit(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #onWheel = (event: WheelEvent): void => {
    if (this.disabled || !(this.#pointed || this.matches(":focus-within"))) return;
    event.preventDefault();
    // With Shift, browsers turn the wheel sideways.
    const delta = event.deltaY || event.deltaX;
    const notches =
      event.deltaMode === 0 ? Math.max(-1, Math.min(1, delta / 100)) : Math.sign(delta);
    this.#ask(this.value - notches * (event.shiftKey ? STEP.fine : STEP.normal));
  };

  #onPointerDown = (event: PointerEvent): void => {
    if (this.disabled || event.button !== 0 || this.editing) return;
    const { pointerId: id, clientX: x, clientY: y } = event;
    const touch = event.pointerType === "touch";
    this.dial.setPointerCapture(id);
    const drag: Drag = {
      ...{ id, touch, x, y, moved: false, held: false },
      position: decibelsToPosition(this.value),
    };
    this.#endDrag();
    this.#drag = drag;
    if (touch) drag.timer = setTimeout(() => this.#hold(drag), HOLD);
  };

  #hold(drag: Drag): void {
    drag.held = true;
    this.toggleAttribute("data-held", true);
  }

  #onPointerMove = (event: PointerEvent): void => {
    if (event.movementX !== 0 || event.movementY !== 0) this.#pointed = true;
    const drag = this.#drag;
    if (!drag || drag.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved) {
      if (Math.hypot(dx, dy) < CLICK_SLOP) return;
      // A finger that moves up or down scrolls the page.
      if (drag.touch && !drag.held && Math.abs(dy) >= Math.abs(dx)) return this.#endDrag();
      clearTimeout(drag.timer);
      drag.moved = this.#dragged = true;
    }
    const lying = this.shape === "fader" || (drag.touch && !drag.held);
    const length = this.shape === "fader" ? this.dial.clientWidth : TRAVEL;
    const travel = length * (event.shiftKey ? 10 : 1);
    const way = lying ? dx : dx - dy;
    drag.position = Math.min(1, Math.max(0, drag.position + way / travel));
    [drag.x, drag.y] = [event.clientX, event.clientY];
    this.#ask(positionToDecibels(drag.position));
  };

  #onPointerUp = (event: PointerEvent): void => {
    const clicked = this.#drag && !this.#drag.moved && !this.#drag.held;
    this.#endDrag();
    const figures = this.dial.querySelector(".figures");
    if (clicked && figures && hits(figures, event)) this.#startEdit("");
  };

  #endDrag = (): void => {
    clearTimeout(this.#drag?.timer);
    this.#drag = undefined;
    this.removeAttribute("data-held");
  };

  /** Keeps the page from scrolling below a finger that turns the knob. */
  #onTouchMove = {
    passive: false,
    handleEvent: (event: TouchEvent): void => {
      if (event.cancelable && (this.#drag?.held || this.#drag?.moved)) event.preventDefault();
    },
  };

  #onContextMenu = (event: Event): void => {
    if (this.#drag?.touch) event.preventDefault();
  };

  #startEdit(draft: string): void {
    this.#draft = draft;
    this.editing = true;
  }

  #endEdit(keep: boolean): void {
    if (!this.editing) return;
    const hadFocus = this.shadowRoot?.activeElement === this.field;
    const typed = parseDecibels(this.field.value);
    this.editing = false;
    if (hadFocus) this.dial.focus();
    if (keep && typed !== undefined) this.#ask(typed);
  }

  #onFieldKey = (event: KeyboardEvent): void => {
    // What is typed here is nobody's shortcut.
    event.stopPropagation();
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      this.#endEdit(event.key === "Enter");
    }
  };
}

const UNITY = decibelsToPosition(0);

function knob(position: number) {
  return html`<svg viewBox="-50 -50 100 100" aria-hidden="true">
    ${arc("track", 1)} ${arc("value", position)} ${tick(UNITY)}
    <circle class="thumb" r="5" cx="0" cy="-43" transform="rotate(${angle(position)})" />
  </svg>`;
}

function fader(position: number) {
  return html`<div class="fader" aria-hidden="true">
    <div class="groove" part="track"></div>
    <div class="filled" part="value" .style="width:${position * 100}%"></div>
    <div class="mark" .style="left:${UNITY * 100}%"></div>
    <div class="cap" .style="left:${position * 100}%"></div>
  </div>`;
}

const angle = (position: number) => START_ANGLE + position * SWEEP;

/** An arc of the ring from its start; `share` of the sweep is drawn. */
function arc(name: string, share: number) {
  const [x, y] = [43 * Math.sin((START_ANGLE * Math.PI) / 180), 43 * Math.SQRT1_2];
  return svg`<path part=${name} class=${name} pathLength="100"
    stroke-dasharray="${share * 100} 200" d="M ${x} ${y} A 43 43 0 1 1 ${-x} ${y}" />`;
}

function tick(position: number) {
  return svg`<line class="tick" y1="-50" y2="-54" transform="rotate(${angle(position)})" />`;
}

/** Whether a pointer is within 44 px (or the element's own box, if larger) around an element. */
function hits(element: Element, event: PointerEvent): boolean {
  const box = element.getBoundingClientRect();
  const within = (at: number, from: number, size: number) =>
    Math.abs(at - from - size / 2) <= Math.max(44, size) / 2;
  return within(event.clientX, box.left, box.width) && within(event.clientY, box.top, box.height);
}

define("gain-knob", GainKnob);

declare global {
  interface HTMLElementTagNameMap {
    "gain-knob": GainKnob;
  }
}
