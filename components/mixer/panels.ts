// The panels that open below the mixer's tools, one at a time. Page thread.
import { html, nothing } from "lit";
import type { MixerView, Panel } from "./view.ts";

/** The button that opens and closes a panel. */
export function panelButton(view: MixerView, panel: Panel, content: unknown, label?: string) {
  return html`<button
    class=${panel}
    part="tool ${panel}"
    aria-expanded=${view.openPanel === panel}
    aria-controls="panel"
    aria-label=${label ?? nothing}
    @click=${() => view.dispatch({ do: "panel", panel })}
  >
    ${content}
  </button>`;
}

/** The open panel with its content. */
export function renderPanel({ openPanel: panel, texts }: MixerView, content: unknown) {
  if (!panel) return html`<div id="panel" hidden></div>`;
  return html`<section
    id="panel"
    class="panel"
    part="panel"
    aria-label=${panel === "save" ? texts.saveStems : texts[panel]}
  >
    ${content}
  </section>`;
}

/** "46 ms". */
export function milliseconds(seconds: number, lang: string): string {
  return new Intl.NumberFormat(lang, {
    style: "unit",
    unit: "millisecond",
    maximumFractionDigits: 0,
  }).format(seconds * 1000);
}

export const percent = (share: number, lang: string) =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(share);
