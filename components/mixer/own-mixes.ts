// The user's own mixes: the panel. Page thread; loaded when it opens.
import { html, nothing } from "lit";
import { sameMix } from "../../src/player/index.ts";
import { MAX_PRESET_NAME } from "../core/preset-store.ts";
import { fill } from "../core/texts.ts";
import "../core/texts-more.ts";
import { closeIcon } from "./icons.ts";
import type { PresetController } from "./presets.ts";
import type { MixerHost, MixerView } from "./view.ts";

export function renderOwnMixes(
  { texts, state }: MixerView,
  presets: PresetController,
  mixer: MixerHost,
) {
  const attempt = (change: () => void) => {
    try {
      change();
    } catch (error) {
      mixer.fail(error as Error);
    }
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    attempt(() => {
      presets.save(String(new FormData(form).get("name") ?? ""));
      form.reset();
    });
  };
  return html`
    ${
      presets.own.length > 0
        ? html`<ul class="files">
            ${presets.own.map(
              (preset) =>
                html`<li>
                  <button
                    part="preset"
                    class="own"
                    aria-pressed=${sameMix(preset.mix, state.mix)}
                    @click=${() => presets.apply(preset)}
                  >
                    ${preset.name}
                  </button>
                  <button
                    aria-label=${fill(texts.removePreset, { name: preset.name })}
                    @click=${() => attempt(() => presets.remove(preset.name))}
                  >
                    ${closeIcon}
                  </button>
                </li>`,
            )}
          </ul>`
        : nothing
    }
    <form class="line naming" @submit=${onSubmit} @keydown=${keepKeys}>
      <input
        name="name"
        required
        maxlength=${MAX_PRESET_NAME}
        aria-label=${texts.presetName}
        placeholder=${texts.presetName}
        autocomplete="off"
      />
      <button class="primary">${texts.savePreset}</button>
    </form>
    <p class="note">${texts.mixesHint}</p>
  `;
}

/** What is typed is nobody's shortcut; Escape closes the panel. */
const keepKeys = (event: KeyboardEvent): void => {
  if (event.key !== "Escape") event.stopPropagation();
};
