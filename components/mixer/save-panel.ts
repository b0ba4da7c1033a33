// Export: the panel, and the file that came out. Page thread; loaded when it opens.
import { html, nothing } from "lit";
import type { Stem } from "../../src/index.ts";
import { AUDIO_FORMATS, type AudioFormat } from "../../src/output/index.ts";
import {
  matchingPreset,
  type Mix,
  type PlayerState,
  type SaveOptions,
  type SaveProgress,
  toGain,
} from "../../src/player/index.ts";
import { fill, stemName } from "../core/texts.ts";
import { formatTime } from "../core/time.ts";
import "../core/texts-more.ts";
import { FileLinks } from "./file-links.ts";
import { percent } from "./panels.ts";
import type { MixerHost, MixerView } from "./view.ts";

/** What is heard now, a ZIP of the stems, or one Stem file. */
const CHOICES = ["mix", "stems", "file"] as const;

type Exporting = Pick<MixerHost, "player" | "fail"> & { readonly songName: string };

/** What shall be exported, and the file of the last export. */
export class SavePanel {
  #choice: (typeof CHOICES)[number] = "mix";
  #format: AudioFormat = "wav16";
  readonly #left = new Set<Stem>();
  /** Whether an export that was started here runs. */
  #isRunning = false;
  readonly files = new FileLinks();
  readonly #update: () => void;

  constructor(update: () => void) {
    this.#update = update;
  }

  /** Takes the file that came out; none where an export begins, fails or is cancelled. */
  take(file: File | undefined): void {
    this.files.set(file ? [file] : []);
  }

  /**
   * Exports what is asked for, a mix in the chosen format, under the song's name. The file goes to the user without
   * another press.
   */
  async start(mixer: Exporting, options: SaveOptions): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { player, songName: name } = mixer;
    const mix = { format: this.#format, label: mixLabel(player.state.mix) };
    try {
      const isMix = options.what === "mix";
      const save = { do: "save", name, ...(isMix && mix), ...options } as const;
      if (await player.dispatch(save)) this.files.download();
      this.#update();
    } catch (error) {
      mixer.fail(error as Error);
    } finally {
      this.#isRunning = false;
    }
  }

  render(view: MixerView) {
    const { state, texts, lang } = view;
    const running = state.saving !== undefined;
    const names = { mix: texts.exportMix, stems: texts.exportStems, file: texts.stemFile };
    return html`
      <fieldset class="choices" ?disabled=${running}>
        <legend>${texts.exportWhat}</legend>
        ${CHOICES.map(
          (choice) =>
            html`<label
              ><input
                type="radio"
                name="what"
                .checked=${choice === this.#choice}
                @change=${() => this.#set(() => (this.#choice = choice))}
              />${names[choice]}</label
            >`,
        )}
      </fieldset>
      ${
        this.#choice === "file"
          ? html`<p class="note">${texts.stemFileHint}</p>`
          : this.#renderOptions(view)
      }
      ${state.saving ? this.#renderProgress(view, state.saving) : this.#renderStart(view)}
      ${this.files.render(texts, texts.saveReady, lang)}
    `;
  }

  #renderOptions({ state, texts }: MixerView) {
    const running = state.saving !== undefined;
    return html`
      <div class="line">
        <label
          >${texts.saveFormat}
          <select
            ?disabled=${running}
            @change=${({ target }: Event) =>
              (this.#format = (target as HTMLSelectElement).value as AudioFormat)}
          >
            ${AUDIO_FORMATS.map(
              (format) =>
                html`<option value=${format} ?selected=${format === this.#format}>
                  ${texts[format]}
                </option>`,
            )}
          </select></label
        >
      </div>
      ${
        this.#choice === "mix"
          ? nothing
          : html`<fieldset class="choices stems" ?disabled=${running}>
              <legend>${texts.saveWhich}</legend>
              ${state.stems.map(
                (stem) =>
                  html`<label
                    ><input
                      type="checkbox"
                      .checked=${!this.#left.has(stem)}
                      @change=${() => this.#set(() => this.#toggle(stem))}
                    />${stemName(texts, stem)}</label
                  >`,
              )}
            </fieldset>`
      }
    `;
  }

  #renderStart({ state, texts, dispatch }: MixerView) {
    return html`<button
      class="primary"
      ?disabled=${state.status !== "ready" || this.#stems(state).length === 0}
      @click=${() => dispatch({ do: "save", ...this.#options(state) })}
    >
      ${texts.exportStart}
    </button>`;
  }

  #stems({ stems }: PlayerState): readonly Stem[] {
    return stems.filter((stem) => this.#choice !== "stems" || !this.#left.has(stem));
  }

  /** To be asked when the export starts: a choice that is drawn by the browser alone draws nothing anew. */
  #options(state: PlayerState): SaveOptions {
    if (this.#choice === "mix") return { what: "mix" };
    const format = this.#choice === "file" ? "stem.mp4" : this.#format;
    return { stems: this.#stems(state), format };
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
      <progress aria-label=${texts.export} max="1" value=${done}></progress>
      <button @click=${() => dispatch({ do: "save-cancel" })}>${texts.cancel}</button>
    </div>`;
  }

  #set(change: () => void): void {
    change();
    this.#update();
  }

  #toggle(stem: Stem): void {
    if (!this.#left.delete(stem)) this.#left.add(stem);
  }
}

/** What a mix is called in its file's name. A stem that is turned down to silence is as good as muted. */
function mixLabel(mix: Mix): string | undefined {
  const heard = Object.entries(mix).map(([stem, channel]) => [
    stem,
    toGain(channel.gain) === 0 ? { ...channel, gain: 0, muted: true } : channel,
  ]);
  return matchingPreset(Object.fromEntries(heard) as Mix)?.toLowerCase();
}
