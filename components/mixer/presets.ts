// The row of presets, built-in and the user's own. Page thread.
import { html, type ReactiveController } from "lit";
import { STEMS } from "../../src/stems.ts";
import { sameMix } from "../../src/player/mix.ts";
import {
  MAX_PRESET_NAME,
  pageStorage,
  PRESET_STORAGE_KEY,
  PresetStore,
  type UserPreset,
} from "../core/preset-store.ts";
import {
  matchingPreset,
  practice,
  practisedStem,
  PRESET_IDS,
  PRESETS,
} from "../../src/player/mix-presets.ts";
import { fill, type Texts } from "../core/texts.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { closeIcon, plusIcon } from "./icons.ts";
import { isStem } from "./stem-guard.ts";

/** Offers presets for a mixer and keeps the user's own. */
export class PresetController implements ReactiveController {
  #store = new PresetStore(undefined);
  #own: UserPreset[] = [];
  #naming = false;

  constructor(private readonly mixer: StemMixer) {
    mixer.addController(this);
  }

  hostConnected(): void {
    this.#store = new PresetStore(pageStorage());
    this.#refresh();
    addEventListener("storage", this.#onStorage);
  }

  hostDisconnected(): void {
    removeEventListener("storage", this.#onStorage);
  }

  /** Another tab, or another mixer's saving, has changed the list. */
  #onStorage = ({ key }: StorageEvent): void => {
    if (key === PRESET_STORAGE_KEY || key === null) this.#refresh();
  };

  #refresh(): void {
    this.#own = this.#store.list();
    this.mixer.requestUpdate();
  }

  find(name: string): UserPreset | undefined {
    return this.#own.find((preset) => preset.name === name);
  }

  save(name: string): void {
    this.#store.save(name, this.mixer.mix);
    this.#refresh();
  }

  remove(name: string): void {
    this.#store.remove(name);
    this.#refresh();
  }

  render(texts: Texts) {
    const { mix } = this.mixer;
    const active = matchingPreset(mix);
    const practised = practisedStem(mix);
    return html`<div class="presets" part="presets" role="group" aria-label=${texts.presets}>
      ${PRESET_IDS.map(
        (id) =>
          html`<button
            class="chip"
            part="preset"
            aria-pressed=${id === active}
            @click=${() => this.mixer.setMix(PRESETS[id])}
          >
            ${texts[id]}
          </button>`,
      )}
      <select
        class="chip"
        part="preset"
        aria-label=${texts.practice}
        ?data-active=${practised !== undefined}
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          if (isStem(value)) this.mixer.setMix(practice(value));
        }}
      >
        <option value="" .selected=${practised === undefined} disabled>${texts.practice}</option>
        ${STEMS.map(
          (stem) =>
            html`<option value=${stem} .selected=${stem === practised}>
              ${fill(texts.practiceStem, { stem: texts[stem] })}
            </option>`,
        )}
      </select>
      ${this.#own.map(
        ({ name, mix: own }) =>
          html`<span class="own">
            <button
              class="chip"
              part="preset"
              aria-pressed=${sameMix(own, mix)}
              @click=${() => this.mixer.setMix(own)}
            >
              ${name}
            </button>
            <button
              class="chip remove"
              aria-label=${fill(texts.removePreset, { name })}
              @click=${() => this.#attempt(() => this.remove(name))}
            >
              ${closeIcon}
            </button>
          </span>`,
      )}
      ${
        this.#naming
          ? this.#renderForm(texts)
          : html`<button class="chip save" @click=${() => this.#name(true)}>
              ${plusIcon}${texts.savePreset}
            </button>`
      }
    </div>`;
  }

  #renderForm(texts: Texts) {
    return html`<form
      class="naming"
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const name = String(new FormData(event.target as HTMLFormElement).get("name") ?? "");
        if (this.#attempt(() => this.save(name))) this.#name(false);
      }}
      @keydown=${(event: KeyboardEvent) => {
        event.stopPropagation();
        if (event.key === "Escape") this.#name(false);
      }}
    >
      <input
        name="name"
        required
        maxlength=${MAX_PRESET_NAME}
        aria-label=${texts.presetName}
        placeholder=${texts.presetName}
        autocomplete="off"
      />
      <button class="primary">${texts.save}</button>
      <button type="button" @click=${() => this.#name(false)}>${texts.cancel}</button>
    </form>`;
  }

  #name(naming: boolean): void {
    this.#naming = naming;
    this.mixer.requestUpdate();
    void this.mixer.updateComplete.then(() => {
      const root = this.mixer.renderRoot;
      root.querySelector<HTMLElement>(naming ? ".naming input" : ".chip.save")?.focus();
    });
  }

  #attempt(change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      this.mixer.fail(error as Error);
      return false;
    }
  }
}
