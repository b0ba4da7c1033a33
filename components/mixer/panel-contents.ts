// What the panels of further tools, of shortcuts and of details show. Page thread; loaded when one opens.
import { html, nothing } from "lit";
import { shortcutsFor } from "../core/shortcuts.ts";
import { fill } from "../core/texts.ts";
import { formatBytes } from "../core/time.ts";
import "../core/texts-more.ts";
import { actionName } from "./action-names.ts";
import { milliseconds, percent } from "./panels.ts";
import { panelName } from "./panels.ts";
import type { MixerView } from "./view.ts";

const TOOLS = ["record", "midi", "shortcuts", "details"] as const;

/** What has no button of its own on the mixer. */
export function renderMore({ texts, state, picture, dispatch }: MixerView) {
  const isOn = picture !== "off";
  const { click, countIn, source, analysis } = state;
  // A song's export has a button on the mixer; an element's waits for its file.
  const canSaveElement = source?.kind === "element" && source.outline !== null;
  return html`<div class="menu">
    <button class="plain" aria-pressed=${isOn} @click=${() => dispatch({ do: "picture" })}>
      ${texts.spectrogram}
    </button>
    ${
      source?.kind === "file"
        ? (
            [
              ["click", click, texts.click],
              ["count-in", countIn, texts.countIn],
            ] as const
          ).map(
            ([what, on, text]) =>
              html`<button
                class="plain"
                aria-pressed=${on}
                ?disabled=${!analysis?.tempo}
                @click=${() => dispatch({ do: what })}
              >
                ${text}
              </button>`,
          )
        : nothing
    }
    ${[...(canSaveElement ? (["save"] as const) : []), ...TOOLS].map(
      (panel) =>
        html`<button
          class="plain"
          part="tool ${panel}"
          @click=${() => dispatch({ do: "panel", panel })}
        >
          ${panelName(panel, texts)}
        </button>`,
    )}
  </div>`;
}

export function renderShortcuts({ texts, state }: MixerView) {
  return html`<dl class="shortcuts">
    ${shortcutsFor(state.stems).map(
      ({ keys, action }) =>
        html`<div>
          <dt><kbd>${keyLabel(keys)}</kbd></dt>
          <dd>${actionName(action, texts)}</dd>
        </div>`,
    )}
  </dl>`;
}

/** What stands on a key whose name says something else. */
const KEYS: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  Minus: "−",
  Equal: "=",
  BracketLeft: "[",
  BracketRight: "]",
};

/** "⇧ 1" for "Shift+Digit1", in tinykeys' notation. */
function keyLabel(keys: string): string {
  const key = keys.replace("Shift+", "").replace("Digit", "");
  const label = KEYS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return keys.startsWith("Shift+") && label !== "?" ? `⇧ ${label}` : label;
}

/** `models`: what better stems are computed with. */
export function renderDetails(view: MixerView, models: unknown) {
  const { state, texts, lang } = view;
  const { stats, latency, better, key, source } = state;
  const separator = state.nodes?.separator;
  const rows: [string, unknown][] = [[texts.latencyLong, milliseconds(latency, lang)]];
  if (stats && separator) {
    const { name, bytes } = separator.manifest;
    rows.push(
      [texts.loadLong, percent(stats.load, lang)],
      [texts.lateLong, stats.lateHops],
      [texts.dryLong, stats.underruns],
      [texts.quality, texts[separator.latencyMode]],
      [texts.backendLong, separator.backend === "webgpu" ? "WebGPU" : "WebAssembly"],
      [
        texts.transportLong,
        separator.transport === "shared" ? texts.transportShared : texts.transportPorts,
      ],
      [texts.modelLong, `${name}, ${formatBytes(bytes, lang)}`],
    );
  }
  if (source?.ownStems) rows.push([texts.stemQuality, texts.stemsOwn]);
  else if (source?.staysLive) rows.push([texts.stemQuality, texts[source.staysLive]]);
  else if (better) {
    const done = percent(better.ready, lang);
    rows.push([texts.stemQuality, fill(texts.studioReady, { done })]);
  }
  return html`
    <dl class="details">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="number">${value}</dd>
          </div>`,
      )}
    </dl>
    ${state.adapted && separator ? html`<p class="note">${texts.adapted}</p>` : nothing}
    ${separator?.transport === "ports" ? html`<p class="note">${texts.notIsolated}</p>` : nothing}
    ${
      key !== 0 && source?.kind !== "file" && separator
        ? html`<p class="note">
            ${fill(texts.keyAdds, { latency: milliseconds(latency - separator.latency, lang) })}
          </p>`
        : nothing
    }
    ${better && !better.kept ? html`<p class="note">${texts.notKept}</p>` : nothing}
    ${source?.isOpen && source.media ? renderPictureNote(view) : nothing} ${models}
  `;
}

/** What becomes of the picture of a page's element. */
function renderPictureNote({ state, texts, lang, delaysPicture }: MixerView) {
  const latency = milliseconds(state.latency, lang);
  return html`<p class="note">
    ${fill(delaysPicture ? texts.pictureDelay : texts.pictureEarly, { latency })}
  </p>`;
}
