// What panels over the mixer have in common: their frame, their names, their figures. Page thread; loaded with
// the first of them.
import { html } from "lit";
import type { Texts } from "../core/texts.ts";
import { closeIcon } from "./icons.ts";
import type { MixerView, Panel } from "./view.ts";

export const panelName = (panel: Panel, texts: Texts): string =>
  panel === "save" ? texts.export : texts[panel];

/** A panel with its content. */
export function renderPanel(panel: Panel, { texts, dispatch }: MixerView, content: unknown) {
  const name = panelName(panel, texts);
  return html`<section id="panel" class="panel" part="panel" tabindex="-1" aria-label=${name}>
    <div class="panel-head">
      <strong>${name}</strong>
      <button
        class="plain"
        aria-label=${texts.closePanel}
        @click=${() => dispatch({ do: "panel", panel })}
      >
        ${closeIcon}
      </button>
    </div>
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
