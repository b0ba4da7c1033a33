// Files to be saved, as links. Page thread.
import { html, nothing } from "lit";
import { fill, type Texts } from "../core/texts.ts";
import { formatBytes } from "../core/time.ts";

/** Shows the files that were made last, and frees those before. */
export class FileLinks {
  #files: { readonly file: File; readonly url: string }[] = [];
  /** Whether the browser has been given them already. */
  #areSaved = false;

  set(files: readonly File[]): void {
    this.#areSaved = false;
    for (const { url } of this.#files) URL.revokeObjectURL(url);
    this.#files = files.map((file) => ({ file, url: URL.createObjectURL(file) }));
  }

  /** Lets the browser save them, as a press of each link would. */
  download(): void {
    this.#areSaved = true;
    for (const { file, url } of this.#files) {
      Object.assign(document.createElement("a"), { href: url, download: file.name }).click();
    }
  }

  /** `ready` is spoken when files come. */
  render(texts: Texts, ready: string, lang: string) {
    if (this.#files.length === 0) return nothing;
    const label = this.#areSaved ? texts.downloadAgain : texts.download;
    return html`<p role="status">${this.#areSaved ? texts.downloaded : ready}</p>
      <ul class="files">
        ${this.#files.map(
          ({ file, url }) =>
            html`<li>
              <a class="button" href=${url} download=${file.name}>
                ${fill(label, { name: file.name })}
              </a>
              <span class="muted">${formatBytes(file.size, lang)}</span>
            </li>`,
        )}
      </ul>`;
  }
}
