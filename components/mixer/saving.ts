// Saving a song's stems: the panel, and the file that came out. Page thread; loaded when it opens.
import { html, nothing, type ReactiveController } from "lit";
import type { StemFormat } from "../../src/output/index.ts";
import { STEMS, type Stem } from "../../src/stems.ts";
import type { SaveProgress } from "../../src/player/ahead/song-stems.ts";
import { fill, type Texts } from "../core/texts.ts";
import { formatTime } from "../core/time.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { FileLinks } from "./file-links.ts";
import { percent } from "./panels.ts";

export const FORMATS = ["wav16", "wav24", "wav32f", "stem.mp4"] as const satisfies StemFormat[];

export interface SaveOptions {
  /** All by default; a Stem file always has all. */
  readonly stems?: readonly Stem[];
  /** "wav16" by default. */
  readonly format?: StemFormat;
}

/** Saves one song at a time. */
export class SavingController implements ReactiveController {
  #format: StemFormat = "wav16";
  readonly #stems = new Set<Stem>(STEMS);
  #running: { controller: AbortController; progress: SaveProgress } | undefined;
  readonly #finished = new FileLinks();

  constructor(private readonly mixer: StemMixer) {
    mixer.addController(this);
  }

  hostDisconnected(): void {
    this.cancel();
    this.#finished.set([]);
  }

  /**
   * Computes what is missing and gives the file; undefined where it was cancelled.
   * @throws DannaError
   */
  async save({ stems = STEMS, format = "wav16" }: SaveOptions): Promise<File | undefined> {
    const { session } = this.mixer;
    if (!session) return undefined;
    this.cancel();
    const controller = new AbortController();
    const running = { controller, progress: { done: 0, remaining: undefined } as SaveProgress };
    this.#running = running;
    this.#finished.set([]);
    try {
      const file = await session.saveStems(
        { name: this.mixer.songName, stems, format },
        (progress) => {
          running.progress = progress;
          this.mixer.requestUpdate();
        },
        controller.signal,
      );
      this.#finished.set([file]);
      this.mixer.tell("stem-saved", { file });
      return file;
    } catch (error) {
      // Whoever cancelled wants no word of what failed after it.
      if (controller.signal.aborted || (error as Error).name === "AbortError") return undefined;
      throw error;
    } finally {
      if (this.#running === running) this.#running = undefined;
      this.mixer.requestUpdate();
    }
  }

  cancel(): void {
    this.#running?.controller.abort();
    this.#running = undefined;
    this.mixer.requestUpdate();
  }

  #start(): void {
    const stems = STEMS.filter((stem) => this.#stems.has(stem));
    this.save({ stems, format: this.#format }).catch((error: Error) => this.mixer.fail(error));
  }

  render(texts: Texts) {
    const running = this.#running !== undefined;
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
        ${STEMS.map(
          (stem) =>
            html`<label
              ><input
                type="checkbox"
                .checked=${whole || this.#stems.has(stem)}
                @change=${() => this.#toggle(stem)}
              />${texts[stem]}</label
            >`,
        )}
      </fieldset>
      ${whole ? html`<p class="note">${texts.stemFileHint}</p>` : nothing}
      ${this.#running ? this.#renderProgress(texts, this.#running.progress) : this.#renderStart(texts)}
      ${this.#finished.render(texts, texts.saveReady, this.mixer.language)}
    `;
  }

  #renderStart(texts: Texts) {
    return html`<button
      class="primary"
      ?disabled=${this.mixer.state !== "ready" || this.#stems.size === 0}
      @click=${() => this.#start()}
    >
      ${texts.saveStart}
    </button>`;
  }

  #renderProgress(texts: Texts, { done, remaining }: SaveProgress) {
    const share = percent(done, this.mixer.language);
    return html`<div class="saving">
      <p>
        ${
          remaining === undefined
            ? fill(texts.saving, { done: share })
            : fill(texts.savingLeft, { done: share, time: formatTime(Math.ceil(remaining)) })
        }
      </p>
      <progress aria-label=${texts.saveStems} max="1" value=${done}></progress>
      <button @click=${() => this.cancel()}>${texts.cancel}</button>
    </div>`;
  }

  #choose(format: StemFormat): void {
    this.#format = format;
    this.mixer.requestUpdate();
  }

  #toggle(stem: Stem): void {
    if (!this.#stems.delete(stem)) this.#stems.add(stem);
    this.mixer.requestUpdate();
  }
}
