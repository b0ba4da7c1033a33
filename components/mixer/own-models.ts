// What better stems are computed with: the page's own model, or one that the user brings. Page thread; loaded
// with the panel of details.
import { html, nothing } from "lit";
import {
  forgetModel,
  keptModels,
  readModel,
  type OfferedModel,
  type OwnModel,
} from "../../src/split/index.ts";
import { OWN_MODEL_STORAGE_KEY } from "../constants.ts";
import { pageStorage } from "../core/preset-store.ts";
import { fill } from "../core/texts.ts";
import { formatBytes, formatTime } from "../core/time.ts";
import "../core/texts-more.ts";
import { closeIcon } from "./icons.ts";
import type { MixerHost, MixerView } from "./view.ts";

type Host = MixerHost & { readonly renderRoot: ParentNode };

export class OwnModels {
  readonly #mixer: Host;
  #kept: readonly OwnModel[] = [];
  /** Read from files, and not agreed to yet. */
  #offered: OfferedModel | undefined;
  #reading = false;
  /** What the host's page names, while another is in its place. */
  #before: { studioModel: string | undefined; quality: "auto" | "live" | "studio" } | undefined;

  constructor(mixer: Host) {
    this.#mixer = mixer;
    void this.#list().then(() => {
      const address = pageStorage()?.getItem(OWN_MODEL_STORAGE_KEY);
      if (this.#kept.some((model) => model.address === address)) this.#use(address!);
    });
  }

  async #list(): Promise<void> {
    this.#kept = await keptModels();
    this.#mixer.requestUpdate();
  }

  /** Reads a model's files; nothing is kept before its terms are accepted. */
  readonly offer = async (files: readonly File[]): Promise<void> => {
    if (files.length === 0) return;
    this.#reading = true;
    this.#mixer.requestUpdate();
    try {
      this.#offered = await readModel(files);
    } catch (error) {
      this.#mixer.fail(error as Error);
    }
    this.#reading = false;
    this.#mixer.requestUpdate();
    await this.#mixer.updateComplete;
    this.#mixer.renderRoot.querySelector(".offer")?.scrollIntoView({ block: "nearest" });
  };

  async #accept(offered: OfferedModel): Promise<void> {
    this.#offered = undefined;
    this.#reading = true;
    this.#mixer.requestUpdate();
    try {
      const { address } = await offered.keep();
      await this.#list();
      this.#use(address);
    } catch (error) {
      this.#mixer.fail(error as Error);
    }
    this.#reading = false;
    this.#mixer.requestUpdate();
  }

  /** An own model from now on, or again what the page names. */
  #use(address: string | undefined): void {
    const { studioModel, quality } = this.#mixer.player.state.settings;
    if (address === undefined) {
      pageStorage()?.removeItem(OWN_MODEL_STORAGE_KEY);
      if (this.#before) this.#mixer.dispatch({ do: "configure", settings: this.#before });
      this.#before = undefined;
      return;
    }
    this.#before ??= { studioModel, quality };
    try {
      pageStorage()?.setItem(OWN_MODEL_STORAGE_KEY, address);
    } catch {
      // It is used all the same, and not remembered.
    }
    const settings = { studioModel: address, quality: "studio" } as const;
    this.#mixer.dispatch({ do: "configure", settings });
  }

  async #forget({ name, address }: OwnModel): Promise<void> {
    if (this.#mixer.player.state.settings.studioModel === address) this.#use(undefined);
    await forgetModel(name).catch((error: Error) => this.#mixer.fail(error));
    await this.#list();
  }

  render(view: MixerView) {
    const { state, texts, lang } = view;
    const { studioModel } = state.settings;
    const isOwn = this.#kept.some(({ address }) => address === studioModel);
    return html`
      <fieldset class="choices">
        <legend>${texts.betterBy}</legend>
        ${
          this.#kept.length > 0
            ? html`<ul class="files">
                <li>
                  <button class="own" aria-pressed=${!isOwn} @click=${() => this.#use(undefined)}>
                    ${texts.betterByPage}
                  </button>
                </li>
                ${this.#kept.map(
                  (model) =>
                    html`<li>
                      <button
                        class="own"
                        aria-pressed=${model.address === studioModel}
                        @click=${() => this.#use(model.address)}
                      >
                        ${model.name}, ${formatBytes(model.bytes, lang)}
                      </button>
                      <button
                        aria-label=${fill(texts.removeModel, { name: model.name })}
                        @click=${() => this.#forget(model)}
                      >
                        ${closeIcon}
                      </button>
                    </li>`,
                )}
              </ul>`
            : nothing
        }
        ${
          this.#reading
            ? html`<p role="status">${texts.modelReading}</p>`
            : this.#offered
              ? this.#renderOffer(view, this.#offered)
              : this.#renderChoose(view)
        }
      </fieldset>
    `;
  }

  #renderChoose({ texts }: MixerView) {
    return html`<label class="button choose"
        >${texts.addModel}
        <input
          class="visually-hidden"
          type="file"
          accept=".onnx,.json"
          multiple
          @change=${({ target }: Event) => {
            const input = target as HTMLInputElement;
            void this.offer([...(input.files ?? [])]);
            input.value = "";
          }}
      /></label>
      <p class="note">${texts.addModelHint}</p>`;
  }

  #renderOffer({ state, texts, lang }: MixerView, offered: OfferedModel) {
    const { name, bytes } = offered.manifest;
    const song = state.duration > 0;
    const time = formatTime(Math.ceil((song ? state.duration : 60) * offered.expectedTime));
    return html`<p>${name}, ${formatBytes(bytes, lang)}</p>
      <p class="note">${fill(texts.modelTerms, { terms: offered.terms })}</p>
      <p class="note">${fill(song ? texts.modelTime : texts.modelTimePerMinute, { time })}</p>
      <div class="line offer">
        <button class="primary" @click=${() => this.#accept(offered)}>${texts.acceptModel}</button>
        <button
          @click=${() => {
            this.#offered = undefined;
            this.#mixer.requestUpdate();
          }}
        >
          ${texts.cancel}
        </button>
      </div>`;
  }
}
