// The buttons that open the panels over the mixer. Page thread.
import { html, nothing } from "lit";
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
