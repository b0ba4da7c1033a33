// Saving a song's stems: the panel, and the file that came out. Page thread; loaded when it opens.
import { html, nothing } from "lit";
import type { Stem } from "../../src/index.ts";
import type { SaveOptions, SaveProgress } from "../../src/player/index.ts";
import { fill, stemName } from "../core/texts.ts";
import { formatTime } from "../core/time.ts";
import { FileLinks } from "./file-links.ts";
import { percent } from "./panels.ts";
import type { MixerView } from "./view.ts";

type StemFormat = NonNullable<SaveOptions["format"]>;

export const FORMATS = ["wav16", "wav24", "wav32f", "stem.mp4"] as const satisfies StemFormat[];

/** What shall be saved, and the file of the last save. */
export class SavePanel {
  #format: (typeof FORMATS)[number] = "wav16";
  readonly #left = new Set<Stem>();
  readonly files = new FileLinks();
  readonly #update: () => void;

  constructor(update: () => void) {
    this.#update = update;
  }

  render(view: MixerView) {
    const { state, texts, lang } = view;
    const running = state.saving !== undefined;
    const whole = this.#format === "stem.mp4";
    return html`
      <fieldset class="choices" ?disabled=${running}>
        <legend>${texts.saveFormat}</legend>
        ${FORMATS.map(
          (format) =>
            html`<label
              ><input
                type="radio"
                name="format"
                .checked=${format === this.#format}
                @change=${() => this.#choose(format)}
              />${texts[format === "stem.mp4" ? "stemFile" : format]}</label
            >`,
        )}
      </fieldset>
      <fieldset class="choices" ?disabled=${running || whole}>
        <legend>${texts.saveWhich}</legend>
        ${state.stems.map(
          (stem) =>
            html`<label
              ><input
                type="checkbox"
                .checked=${whole || !this.#left.has(stem)}
                @change=${() => this.#toggle(stem)}
              />${stemName(texts, stem)}</label
            >`,
        )}
      </fieldset>
      ${whole ? html`<p class="note">${texts.stemFileHint}</p>` : nothing}
      ${state.saving ? this.#renderProgress(view, state.saving) : this.#renderStart(view)}
      ${this.files.render(texts, texts.saveReady, lang)}
    `;
  }

  #renderStart({ state, texts, name, dispatch }: MixerView) {
    const stems = state.stems.filter((stem) => !this.#left.has(stem));
    return html`<button
      class="primary"
      ?disabled=${state.status !== "ready" || stems.length === 0}
      @click=${() => dispatch({ do: "save", stems, format: this.#format, name })}
    >
      ${texts.saveStart}
    </button>`;
  }

  #renderProgress({ texts, lang, dispatch }: MixerView, { done, remaining }: SaveProgress) {
    const share = percent(done, lang);
    return html`<div class="saving">
      <p>
        ${
          remaining === undefined
            ? fill(texts.saving, { done: share })
            : fill(texts.savingLeft, { done: share, time: formatTime(Math.ceil(remaining)) })
        }
      </p>
      <progress aria-label=${texts.saveStart} max="1" value=${done}></progress>
      <button @click=${() => dispatch({ do: "save-cancel" })}>${texts.cancel}</button>
    </div>`;
  }

  #choose(format: (typeof FORMATS)[number]): void {
    this.#format = format;
    this.#update();
  }

  #toggle(stem: Stem): void {
    if (!this.#left.delete(stem)) this.#left.add(stem);
    this.#update();
  }
}
