// The row of mixes: four to press, and the button of the user's own. Page thread.
import { html, type ReactiveController } from "lit";
import {
  pageStorage,
  PRESET_STORAGE_KEY,
  PresetStore,
  type UserPreset,
} from "../core/preset-store.ts";
import {
  createMix,
  matchingPreset,
  practice,
  practisedStem,
  PRESET_IDS,
  presetMix,
  sameMix,
  type Mix,
  type PresetId,
} from "../../src/player/index.ts";
import type { Stem } from "../../src/index.ts";
import { warnOnce } from "../checked.ts";
import { fill, stemName } from "../core/texts.ts";
import { panelButton } from "./panel-button.ts";
import type { MixerHost, MixerView } from "./view.ts";

/** Mixes that have a button of their own; the others are for the `preset` attribute. */
const BUTTONS = ["original", "karaoke"] as const;

/** Everything but one stem. */
const minusOne = (stem: Stem, stems: readonly Stem[]): Mix =>
  createMix({ [stem]: { muted: true } }, stems);

/** Offers mixes for a mixer and keeps the user's own. */
export class PresetController implements ReactiveController {
  #store = new PresetStore(undefined);
  #own: readonly UserPreset[] = [];

  constructor(private readonly mixer: MixerHost) {
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

  /** The user's own, in the order they were first saved. */
  get own(): readonly UserPreset[] {
    return this.#own;
  }

  /** The mix of a preset's id, of a saved one's name, of `practice:STEM` (without it) or of `only:STEM`. */
  find(name: string): Omit<UserPreset, "name"> | undefined {
    const { stems } = this.mixer.player.state;
    const id = PRESET_IDS.find((id) => id === name);
    if (id) return { mix: presetMix(id, stems) };
    const [way, of] = name.split(":");
    const stem = stems.find((stem) => stem === of);
    if (stem && way === "practice") return { mix: minusOne(stem, stems) };
    if (stem && way === "only") return { mix: practice(stem, stems) };
    return this.#own.find((preset) => preset.name === name);
  }

  /** Applies what the attribute names, or says in the console that there is none. */
  begin(name: string): void {
    const preset = this.find(name);
    if (preset) return this.apply(preset);
    const stems = this.mixer.player.state.stems.join(", ");
    warnOnce(
      `<stem-mixer preset="${name}">: preset is one of ${PRESET_IDS.join(", ")}, practice:STEM or only:STEM ` +
        `with STEM one of ${stems}, or a saved mix’s name.`,
    );
  }

  /** Applies a mix, with key, tempo and loop where it has them. */
  apply({ mix, key, tempo, loop }: Omit<UserPreset, "name">): void {
    const { mixer } = this;
    mixer.dispatch({ do: "mix", mix });
    if (key !== undefined) mixer.dispatch({ do: "key", semitones: key });
    if (tempo !== undefined) mixer.dispatch({ do: "tempo", factor: tempo });
    if (loop) mixer.dispatch({ do: "loop", loop });
  }

  save(name: string): void {
    const { mix, key, tempo, loop } = this.mixer.player.state;
    this.#store.save(name, mix, { key, tempo, loop });
    this.#refresh();
  }

  remove(name: string): void {
    this.#store.remove(name);
    this.#refresh();
  }

  render(view: MixerView) {
    const { texts, state } = view;
    const { mix, stems } = state;
    const active = matchingPreset(mix);
    // The only one that a compact mixer has: pressed again, it ends.
    const next = (id: PresetId) => (view.layout === "compact" && id === active ? "original" : id);
    // Karaoke is the mix without the vocals, and has a button.
    const without =
      active === "karaoke" ? undefined : stems.find((stem) => sameMix(mix, minusOne(stem, stems)));
    return html`<div class="presets" part="presets" role="group" aria-label=${texts.presets}>
      ${BUTTONS.map(
        (id) =>
          html`<button
            part="preset"
            class=${id}
            aria-pressed=${id === active}
            @click=${() => this.apply({ mix: presetMix(next(id), stems) })}
          >
            ${texts[id]}
          </button>`,
      )}
      ${this.#choice(view, texts.minusOne, texts.minusStem, without, minusOne)}
      ${this.#choice(view, texts.only, texts.onlyStem, practisedStem(mix), practice)}
      ${panelButton(view, "mixes", texts.mixes)}
    </div>`;
  }

  /** One mix for each stem. */
  #choice(
    { texts, state: { stems } }: MixerView,
    label: string,
    option: string,
    chosen: Stem | undefined,
    mixOf: (stem: Stem, stems: readonly Stem[]) => Mix,
  ) {
    return html`<select
      part="preset"
      aria-label=${label}
      ?data-active=${chosen !== undefined}
      @change=${(event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        if (value) this.apply({ mix: mixOf(value, stems) });
      }}
    >
      <option value="" .selected=${chosen === undefined} disabled>${label}</option>
      ${stems.map(
        (stem) =>
          html`<option value=${stem} .selected=${stem === chosen}>
            ${fill(option, { stem: stemName(texts, stem) })}
          </option>`,
      )}
    </select>`;
  }
}
