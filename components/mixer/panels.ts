// The panels that open below the mixer's tools, one at a time. Page thread.
import { html, nothing } from "lit";
import type { Texts } from "../core/texts.ts";
import type { StemMixer } from "../stem-mixer.ts";

export const PANELS = ["record", "save", "midi", "shortcuts", "details"] as const;
export type Panel = (typeof PANELS)[number];

/** The button that opens and closes a panel. */
export function panelButton(mixer: StemMixer, panel: Panel, content: unknown, label?: string) {
  return html`<button
    class=${panel}
    part="tool ${panel}"
    aria-expanded=${mixer.openPanel === panel}
    aria-controls="panel"
    aria-label=${label ?? nothing}
    @click=${() => mixer.togglePanel(panel)}
  >
    ${content}
  </button>`;
}

export function renderPanel(mixer: StemMixer, texts: Texts) {
  const panel = mixer.openPanel;
  if (!panel) return html`<div id="panel" hidden></div>`;
  const content = {
    record: () => mixer.recording.render(texts),
    save: () => mixer.saving()?.render(texts),
    midi: () => mixer.midi()?.render(texts),
    shortcuts: () => mixer.panels()?.renderShortcuts(texts),
    details: () => mixer.panels()?.renderDetails(mixer, texts),
  }[panel];
  return html`<section
    id="panel"
    class="panel"
    part="panel"
    aria-label=${panel === "save" ? texts.saveStems : texts[panel]}
  >
    ${content()}
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
