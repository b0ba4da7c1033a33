// The panels that open over the mixer, one at a time, and the buttons that open them. Page thread.
import { html, nothing } from "lit";
import type { Texts } from "../core/texts.ts";
import { closeIcon } from "./icons.ts";
import type { MixerView, Panel } from "./view.ts";

interface PanelButton {
  /** Where the content is an icon. */
  readonly label?: string;
  readonly hint?: string;
  readonly disabled?: boolean;
  /** For its looks. */
  readonly kind?: string;
  readonly primary?: boolean;
}

/** The button that opens and closes a panel. */
export function panelButton(
  view: MixerView,
  panel: Panel,
  content: unknown,
  { label, hint, disabled = false, kind, primary }: PanelButton = {},
) {
  return html`<button
    class="${panel} ${primary ? "primary" : ""}"
    part="tool ${panel}"
    aria-expanded=${view.openPanel === panel}
    aria-controls="panel"
    aria-label=${label ?? nothing}
    title=${hint ?? nothing}
    data-kind=${kind ?? nothing}
    ?disabled=${disabled}
    @click=${() => view.dispatch({ do: "panel", panel })}
  >
    ${content}
  </button>`;
}

export const panelName = (panel: Panel, texts: Texts): string =>
  panel === "save" ? texts.export : texts[panel];

/** The open panel with its content. */
export function renderPanel({ openPanel: panel, texts, dispatch }: MixerView, content: unknown) {
  if (!panel) return html`<div id="panel" hidden></div>`;
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
