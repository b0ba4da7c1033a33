// The drop zone: what a mixer without a source shows. Page thread; loaded when there is none.
import { html, nothing, svg } from "lit";
import "../core/texts-more.ts";
import { fill } from "../core/texts.ts";
import { DEFAULT_STEMS } from "../../src/index.ts";
import { lastFile, openAgain } from "./last-file.ts";
import { keptOf } from "./last-song.ts";
import { takeFrom } from "./take.ts";
import type { Taker } from "./stem-files.ts";
import type { MixerView } from "./view.ts";
import { fileButton } from "./views.ts";

export { emptyStyles } from "../styles/empty.ts";

/** Nothing to play yet: where to drop a song, and what else there is. */
export function renderEmpty(view: MixerView, mixer: Mixer) {
  const { texts, dropping, dispatch } = view;
  const last = keptOf(mixer, "song");
  return html`<slot name="empty">
    <div class="empty" part="empty">
      ${emblem()}
      <p class="drop">${dropping ? texts.dropNow : texts.drop}</p>
      ${last ? html`<p>${againOf(view, mixer, last)}</p>` : nothing}
      <div class="ways">
        <slot name="ways"></slot>
        ${fileButton(view, view.texts.choose, "primary")}
        <button @click=${() => dispatch({ do: "open", source: { kind: "microphone" } })}>
          ${texts.useMicrophone}
        </button>
        ${
          "getDisplayMedia" in (navigator.mediaDevices ?? {})
            ? html`<button @click=${() => dispatch({ do: "open", source: { kind: "tab" } })}>
                ${texts.useTab}
              </button>`
            : nothing
        }
      </div>
      <p class="muted">${texts.private}</p>
    </div>
  </slot>`;
}

type Mixer = Taker & { fail(error: Error): void; requestUpdate(): void };

/** The last file by its name, once it has been looked for. */
const offers = new WeakMap<Mixer, { readonly name: string; handle?: FileSystemFileHandle }>();

/** What opens it again, or else that a drop does. */
function againOf({ texts }: MixerView, mixer: Mixer, name: string) {
  const offer = offers.get(mixer);
  if (offer?.name !== name) {
    const made: { readonly name: string; handle?: FileSystemFileHandle } = { name };
    offers.set(mixer, made);
    void lastFile(mixer).then((handle) => {
      if (!handle) return;
      made.handle = handle;
      mixer.requestUpdate();
    });
  }
  const handle = offer?.handle;
  if (offer?.name !== name || !handle) return fill(texts.dropAgain, { name });
  const open = () =>
    openAgain(handle)
      .then((file) => file && takeFrom(mixer, [file], undefined, [Promise.resolve(handle)]))
      .catch((error: Error) => mixer.fail(error));
  return html`<button @click=${open}>${fill(texts.openAgain, { name })}</button>`;
}

/** One sound that becomes four, drawn once: line, fork, and a wave of its own for each stem. */
const EMBLEM = DEFAULT_STEMS.map((stem, i) => {
  const [height, period] = [
    [9, 62],
    [11, 30],
    [7, 104],
    [9, 46],
  ][i];
  const points = Array.from({ length: 111 }, (_, k) => {
    const x = 92 + 2 * k;
    const t = Math.min(1, k / 32);
    const fork = t * t * (3 - 2 * t);
    const wave = fork * height * Math.sin((2 * Math.PI * 2 * k) / period);
    return `${x} ${(60 + fork * (30 * i - 45) - wave).toFixed(1)}`;
  });
  return { stem, path: `M ${points.join(" L ")}` };
});

function emblem() {
  return svg`<svg class="emblem" viewBox="0 0 320 120" aria-hidden="true">
    ${EMBLEM.map(({ stem, path }) => svg`<path data-stem=${stem} d=${path} />`)}
    <line x1="4" y1="60" x2="94" y2="60" />
  </svg>`;
}
