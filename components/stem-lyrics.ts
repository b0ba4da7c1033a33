// <stem-lyrics>: the words of the song that a mixer plays, big, with those that are sung. Page thread;
// highlights past Lit's rendering.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Player, PlayerState } from "../src/player/index.ts";
import { oneOf } from "./checked.ts";
import { Events, Requests } from "./constants.ts";
import { errorText } from "./core/error-text.ts";
import { boundariesOf, lineAt, phaseAt, type Lyrics } from "./core/lyrics/lyrics.ts";
import { LYRICS_FILES } from "./core/lyrics/parse.ts";
import "./core/texts-karaoke.ts";
import "./core/texts-more.ts";
import type { Texts } from "./core/texts.ts";
import { define } from "./define.ts";
import { renderError } from "./error-message.ts";
import { keepFocusIn } from "./keep-focus.ts";
import { LyricsClock } from "./karaoke/lyrics-clock.ts";
import { LyricsSource } from "./karaoke/lyrics-source.ts";
import { PlayerLink } from "./karaoke/player-link.ts";
import { textsOf } from "./language.ts";
import { lyricsStyles } from "./styles/lyrics.ts";
import { buttons, theme } from "./styles/theme.ts";

/** Milliseconds for which it does not scroll by itself after someone else did. */
const HELD = 4000;
/** Errors that say more of words than of other files. */
const ERROR_TEXTS = { input: "lyricsUnread", fetch: "lyricsUnloaded" } as const;
/** Where the current line stands, as a share of the height. */
const READING_HEIGHT = 0.42;

/**
 * The words of the song that a mixer plays: `.lrc` with times of lines or words, UltraStar's `.txt`, or plain
 * text. They scroll with the song at any tempo, what is sung is highlighted, and a click on a line seeks there.
 *
 * Words come from `src`, from the mixer's attribute `lyrics`, a `<track kind="lyrics">` of the mixer or its
 * media element, a file that is dropped on the mixer with the song or alone, from `load()`, or from what someone
 * chooses or pastes.
 *
 * @tag stem-lyrics
 * @attr {string} for - `id` of the mixer in the same document; without it, the mixer around it.
 * @attr {string} src - Address of the words of the mixer's own song.
 * @attr {boolean} beside - Whether an `.lrc` or `.txt` of the song's name is looked for beside it.
 * @attr {"light"|"dark"} theme - Colour scheme in place of the page's.
 * @fires {CustomEvent<{lyrics: object|null}>} stem-lyrics-change - Other words are shown, or none.
 * @fires {CustomEvent<{error: Error}>} stem-error - Words cannot be had; the message says why, and what to do.
 * @csspart window - What scrolls.
 * @csspart line - A line.
 * @csspart word - A word or syllable.
 * @csspart empty - What stands there without words.
 * @csspart error - Why there are none.
 * @cssproperty --stem-lyrics-size - Size of the letters; follows the element's width by default.
 * @cssproperty --stem-lyrics-now - Colour of the word that is sung.
 */
export class StemLyrics extends LitElement {
  static override styles = [theme, buttons, lyricsStyles];

  @property() for = "";
  @property() src = "";
  @property({ type: Boolean }) beside = false;
  @oneOf("", ["light", "dark"])
  @property({ reflect: true })
  theme: "light" | "dark" | "" = "";
  /** A player of the host's, in place of a mixer's. */
  @property({ attribute: false }) player: Player | undefined;
  /** What is shown; null without words. */
  @property({ attribute: false }) lyrics: Lyrics | null = null;
  @state() private pasting = false;
  @state() private failure: Error | undefined;
  /** What the words that someone gave last took the place of. */
  @state() private former: Lyrics | undefined;
  @query(".window") private view!: HTMLElement | null;

  readonly #link = new PlayerLink(this, (state) => this.#follow(state));
  readonly #clock = new LyricsClock(this.#link, (time) => this.#show(time));
  readonly #source = new LyricsSource({
    src: () => this.src,
    beside: () => this.beside,
    shown: () => this.lyrics ?? undefined,
    found: (lyrics) => this.#found(lyrics ?? null),
    failed: (error) => this.#fail(error),
  });
  readonly #reduced = matchMedia("(prefers-reduced-motion: reduce)");
  #life: AbortController | undefined;
  #shown = -1;
  #heldUntil = 0;
  /** What in the page had the focus before the field that words are pasted into. */
  #opener: HTMLElement | undefined;
  /** Where the lines stand changes with the size. */
  readonly #sizes = new ResizeObserver(() => this.#lookAnew());

  constructor() {
    super();
    keepFocusIn(this, "textarea, .window, input, button");
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#life = new AbortController();
    const { signal } = this.#life;
    const root = this.getRootNode();
    // The mixer may be found later.
    root.addEventListener(Requests.files, (event) => this.#onFiles(event as CustomEvent), {
      signal,
    });
    document.addEventListener("visibilitychange", this.#clock.look, { signal });
    this.#sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#life?.abort();
    this.#sizes.disconnect();
    this.#clock.stop();
  }

  /** Shows the words of a file, or a text of any kind that is read. What fails is reported. */
  load(words: Blob | string): Promise<void> {
    return this.#source.load(words);
  }

  #lookAnew(): void {
    this.#shown = -1;
    this.#clock.look();
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { player, mixer } = this.#link;
    if (changed.has("src") && changed.get("src") !== undefined && player) {
      void this.#source.look(player.state, mixer);
    }
    // The lines are new ones after the field has stood in their place.
    if ((changed as PropertyValues).has("pasting")) this.#lookAnew();
    if (!this.pasting && this.#opener) {
      if (this.matches(":focus-within")) this.#opener.focus();
      this.#opener = undefined;
    }
    if (!changed.has("lyrics")) return;
    this.#shown = -1;
    this.#heldUntil = 0;
    this.#clock.boundaries = this.lyrics ? boundariesOf(this.lyrics) : new Float64Array();
    if (!this.lyrics && !changed.get("lyrics")) return;
    this.dispatchEvent(new CustomEvent(Events.lyrics, { detail: { lyrics: this.lyrics } }));
  }

  #follow(state: PlayerState): void {
    this.#source.follow(state, this.#link.mixer);
    this.#clock.look();
  }

  #onFiles(event: HTMLElementEventMap["stem-files-request"]): void {
    if (event.target !== this.#link.mixer || event.defaultPrevented) return;
    if (this.#source.take(event.detail.files)) event.preventDefault();
  }

  #found(lyrics: Lyrics | null): void {
    const { isGiven } = this.#source;
    this.former = isGiven && lyrics ? (this.lyrics ?? undefined) : undefined;
    this.failure = undefined;
    this.pasting = false;
    this.lyrics = lyrics;
  }

  #fail(error: Error): void {
    this.failure = error;
    this.dispatchEvent(new CustomEvent(Events.error, { detail: { error } }));
  }

  protected override render() {
    const texts = textsOf(this);
    const { lyrics, failure } = this;
    return html`
      ${this.pasting ? this.#renderForm(texts) : lyrics ? this.#renderLines(lyrics, texts) : this.#renderEmpty(texts)}
      ${this.former && !this.pasting ? this.#renderUndo(this.former, texts) : nothing}
      ${
        failure
          ? html`<div class="error" part="error" role="alert">
              ${renderError(errorText(texts, failure, ERROR_TEXTS), texts)}
            </div>`
          : nothing
      }
    `;
  }

  #renderLines({ lines, timing }: Lyrics, texts: Texts) {
    return html`<div
      class="window"
      part="window"
      role="region"
      tabindex="0"
      aria-label=${texts.lyrics}
      data-timed=${timing === "none" ? nothing : timing}
      @wheel=${this.#hold}
      @touchmove=${this.#hold}
      @keydown=${this.#hold}
    >
      <div class="lines">
        ${lines.map(
          ({ words, singer, start }) =>
            html`<p
              class="line"
              part="line"
              dir="auto"
              data-singer=${singer ?? nothing}
              @click=${() => this.#seek(start)}
            >
              ${words.map(
                ({ text, kind }) =>
                  html`<span class="word" part="word" data-kind=${kind ?? nothing}>${text}</span>`,
              )}
            </p>`,
        )}
      </div>
    </div>`;
  }

  #renderEmpty(texts: Texts) {
    return html`<div class="empty" part="empty">
      <p class="title">${texts.lyricsNone}</p>
      <p>${texts.lyricsHint}</p>
      <div class="ways">
        <label class="button choose">
          ${texts.lyricsChoose}
          <input
            class="visually-hidden"
            type="file"
            accept=${[...LYRICS_FILES, "text/plain"].join()}
            @change=${this.#onChoose}
          />
        </label>
        <button @click=${() => void this.askForText()}>${texts.lyricsPaste}</button>
      </div>
    </div>`;
  }

  #renderUndo(former: Lyrics, texts: Texts) {
    const undo = () => {
      this.lyrics = former;
      this.former = undefined;
    };
    return html`<div class="undo">
      <span role="status">${texts.lyricsReplaced}</span>
      <button @click=${undo}>${texts.lyricsUndo}</button>
    </div>`;
  }

  #renderForm(texts: Texts) {
    return html`<form @submit=${this.#onSubmit} @keydown=${this.#onKey}>
      <label for="text">${texts.lyricsText}</label>
      <textarea id="text" dir="auto" spellcheck="false"></textarea>
      <div class="ways">
        <button class="primary" type="submit">${texts.lyricsShow}</button>
        <button type="button" @click=${() => (this.pasting = false)}>${texts.cancel}</button>
      </div>
    </form>`;
  }

  /** Opens the field that words are pasted into. */
  async askForText(): Promise<void> {
    const { activeElement } = this.getRootNode() as Document | ShadowRoot;
    const isOutside = activeElement instanceof HTMLElement && activeElement !== this;
    this.#opener = isOutside ? activeElement : undefined;
    this.pasting = true;
    await this.updateComplete;
    this.renderRoot.querySelector("textarea")?.focus();
  }

  #onChoose = (event: Event): void => {
    const [file] = (event.target as HTMLInputElement).files ?? [];
    if (file) void this.load(file);
  };

  #onSubmit = (event: Event): void => {
    event.preventDefault();
    void this.load(this.renderRoot.querySelector("textarea")?.value ?? "");
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.pasting = false;
  };

  #seek(position: number): void {
    if (Number.isNaN(position) || getSelection()?.isCollapsed === false) return;
    this.#heldUntil = 0;
    void this.#link.player?.dispatch({ do: "seek", position });
  }

  #hold = (): void => {
    this.#heldUntil = performance.now() + HELD;
  };

  // --- what is sung ------------------------------------------------------------------------------

  #show(time: number): void {
    const { lyrics, view } = this;
    if (!lyrics || !view) return;
    if (lyrics.timing === "none") return this.#scrollWithSong(view, time);
    const elements = view.querySelectorAll<HTMLElement>(".line");
    lyrics.lines.forEach((line, i) => {
      const element = elements[i];
      if (!element) return;
      const phase = phaseAt(line, time);
      if (element.dataset.phase !== phase) {
        element.dataset.phase = phase;
        if (phase === "now") element.setAttribute("aria-current", "true");
        else element.removeAttribute("aria-current");
      } else if (phase !== "now") return;
      line.words.forEach((word, w) => {
        const shown = element.children[w] as HTMLElement;
        const sung = phaseAt(word, time);
        if (shown.dataset.phase !== sung) shown.dataset.phase = sung;
      });
    });
    const at = lineAt(lyrics, time);
    if (at < 0 || performance.now() < this.#heldUntil || at === this.#shown) return;
    const isJump = this.#shown < 0 || Math.abs(at - this.#shown) > 1;
    this.#shown = at;
    this.#scrollTo(view, elements[at], isJump);
  }

  #scrollTo(view: HTMLElement, line: HTMLElement, isJump: boolean): void {
    const middle = line.offsetTop + line.offsetHeight / 2;
    const behavior = isJump || this.#reduced.matches ? "instant" : "smooth";
    view.scrollTo({ top: middle - view.clientHeight * READING_HEIGHT, behavior });
  }

  #scrollWithSong(view: HTMLElement, time: number): void {
    const { duration } = this.#link.player?.state ?? {};
    if (!duration || performance.now() < this.#heldUntil) return;
    view.scrollTop = (time / duration) * (view.scrollHeight - view.clientHeight);
  }
}

define("stem-lyrics", StemLyrics);

declare global {
  interface HTMLElementTagNameMap {
    "stem-lyrics": StemLyrics;
  }
}
