// The row of presets, built-in and the user's own. Page thread.
import { html, type ReactiveController } from "lit";
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
  presetMix,
  sameMix,
  type Mix,
} from "../../src/player/index.ts";
import { fill, stemName, type Texts } from "../core/texts.ts";
import { closeIcon, plusIcon } from "./icons.ts";
import type { MixerHost } from "./view.ts";

/** Offers presets for a mixer and keeps the user's own. */
export class PresetController implements ReactiveController {
  #store = new PresetStore(undefined);
  #own: UserPreset[] = [];
  #naming = false;

  constructor(private readonly mixer: MixerHost & Element) {
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

  /** The mix of a preset's id, of a saved one's name, or of `practice:STEM`. */
  find(name: string): Mix | undefined {
    const { stems } = this.mixer.player.state;
    const id = PRESET_IDS.find((id) => id === name);
    if (id) return presetMix(id, stems);
    const stem = stems.find((stem) => name === `practice:${stem}`);
    return stem ? practice(stem, stems) : this.#own.find((preset) => preset.name === name)?.mix;
  }

  save(name: string): void {
    this.#store.save(name, this.mixer.player.state.mix);
    this.#refresh();
  }

  remove(name: string): void {
    this.#store.remove(name);
    this.#refresh();
  }

  render(texts: Texts) {
    const { mix, stems } = this.mixer.player.state;
    const apply = (mix: Mix) => this.mixer.dispatch({ do: "mix", mix });
    const active = matchingPreset(mix);
    const practised = practisedStem(mix);
    return html`<div class="presets" part="presets" role="group" aria-label=${texts.presets}>
      ${PRESET_IDS.map(
        (id) =>
          html`<button
            class="chip"
            part="preset"
            aria-pressed=${id === active}
            @click=${() => apply(presetMix(id, stems))}
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
          if (value) apply(practice(value, stems));
        }}
      >
        <option value="" .selected=${practised === undefined} disabled>${texts.practice}</option>
        ${stems.map(
          (stem) =>
            html`<option value=${stem} .selected=${stem === practised}>
              ${fill(texts.practiceStem, { stem: stemName(texts, stem) })}
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
              @click=${() => apply(own)}
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
      const root = this.mixer.shadowRoot!;
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
