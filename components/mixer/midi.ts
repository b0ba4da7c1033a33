// MIDI: which controller moves what, learning, and the panel. Page thread.
import { html, nothing, type ReactiveController } from "lit";
import { MidiInput } from "./midi-input.ts";
import {
  forgetMidi,
  isMidiKnob,
  isMidiPress,
  learnMidi,
  midiControlOf,
  isMidiPressName,
  PRESSES,
  midiPress,
  midiTargets,
  midiTurn,
  parseMidiMap,
  type MidiControl,
  type MidiMap,
  type MidiTarget,
} from "../core/midi-map.ts";
import { pageStorage } from "../core/preset-store.ts";
import { fill, stemName, type Texts } from "../core/texts.ts";
import "../core/texts-more.ts";
import { MIDI_STORAGE_KEY } from "../constants.ts";
import { actionName } from "./action-names.ts";
import { closeIcon } from "./icons.ts";
import type { MixerHost } from "./view.ts";

/** Maps MIDI controllers to a mixer's controls; the map is kept in localStorage. */
export class MidiController implements ReactiveController {
  #map: MidiMap = {};
  #input: MidiInput | undefined;
  /** While the mixer is in the page, from the first question for access on. */
  #opening: Promise<MidiInput> | undefined;
  #learning: MidiTarget | undefined;
  #chosen: MidiTarget = "gain:vocals";
  #pressed = new Set<MidiControl>();

  constructor(private readonly mixer: MixerHost) {
    mixer.addController(this);
  }

  /** Listens at once where something was learned before and the browser has allowed MIDI. */
  hostConnected(): void {
    this.#map = parseMidiMap(pageStorage()?.getItem(MIDI_STORAGE_KEY) ?? null);
    if (Object.keys(this.#map).length > 0) void this.#openIfAllowed();
  }

  hostDisconnected(): void {
    this.#input?.dispose();
    this.#input = undefined;
    this.#opening = undefined;
    this.#learning = undefined;
  }

  async #openIfAllowed(): Promise<void> {
    const name = "midi" as PermissionName;
    const status = await navigator.permissions?.query({ name }).catch(() => undefined);
    if (status?.state === "granted") await this.open();
  }

  /** Asks for MIDI access; failures are the mixer's to tell. */
  async open(): Promise<void> {
    const opening = (this.#opening ??= MidiInput.open(this.#onMove, () =>
      this.mixer.requestUpdate(),
    ));
    try {
      const input = await opening;
      if (this.#opening === opening) this.#input = input;
      else input.dispose();
    } catch (error) {
      // Who asked as well need not hear it twice.
      if (this.#opening !== opening) return;
      this.#opening = undefined;
      this.#learning = undefined;
      this.mixer.fail(error as Error);
    }
    this.mixer.requestUpdate();
  }

  learn(target: MidiTarget): void {
    this.#learning = target;
    this.mixer.requestUpdate();
    void this.open();
  }

  forget(target: MidiTarget): void {
    this.#keep(forgetMidi(this.#map, target));
  }

  #keep(map: MidiMap): void {
    this.#map = map;
    try {
      pageStorage()?.setItem(MIDI_STORAGE_KEY, JSON.stringify(map));
    } catch (error) {
      this.mixer.fail(error as Error);
    }
    this.mixer.requestUpdate();
  }

  #onMove = (control: MidiControl, value: number): void => {
    if (this.#learning) {
      // Letting a key go teaches nothing: its press already has.
      if (value === 0) return;
      this.#keep(learnMidi(this.#map, control, this.#learning));
      this.#learning = undefined;
      this.#pressed.add(control);
      return;
    }
    const target = this.#map[control];
    if (!target) return;
    const { stems, duration } = this.mixer.player.state;
    if (isMidiKnob(target)) this.mixer.dispatch(midiTurn(target, value, duration));
    else if (!isMidiPress(value)) this.#pressed.delete(control);
    else if (!this.#pressed.has(control)) {
      this.#pressed.add(control);
      this.mixer.dispatch(midiPress(target, stems));
    }
  };

  #name(target: MidiTarget, texts: Texts): string {
    if (isMidiPressName(target)) return actionName(PRESSES[target], texts);
    const [what, of] = target.split(":");
    const {
      midiGain: gain,
      muteStem: mute,
      soloStem: solo,
      minusStem: minus,
      onlyStem: only,
    } = texts;
    const { master, position, key, tempo, original, karaoke } = texts;
    const names: Record<string, string> = {
      ...{ gain, mute, solo, minus, only },
      ...{ master, position, key, tempo, original, karaoke },
    };
    return fill(names[what], { stem: of ? stemName(texts, of) : "" });
  }

  #describe(control: MidiControl, texts: Texts): string {
    const [kind, channel, number] = control.split(":");
    return fill(kind === "cc" ? texts.midiController : texts.midiNote, { channel, number });
  }

  render(texts: Texts) {
    const targets = midiTargets(this.mixer.player.state.stems);
    const learned = targets.flatMap((target) => {
      const control = midiControlOf(this.#map, target);
      return control ? [{ target, control }] : [];
    });
    const devices = this.#input?.devices ?? [];
    return html`
      <p class="note" role="status">
        ${
          this.#learning
            ? fill(texts.midiWaiting, { name: this.#name(this.#learning, texts) })
            : this.#input
              ? devices.length > 0
                ? fill(texts.midiDevices, { names: devices.join(", ") })
                : texts.midiNone
              : texts.midiLearn
        }
      </p>
      <div class="line">
        <label
          >${texts.midiTarget}
          <select
            @change=${(event: Event) =>
              (this.#chosen = (event.target as HTMLSelectElement).value as MidiTarget)}
          >
            ${targets.map(
              (target) =>
                html`<option value=${target} ?selected=${target === this.#chosen}>
                  ${this.#name(target, texts)}
                </option>`,
            )}
          </select></label
        >
        <button class="primary" @click=${() => this.learn(this.#chosen)}>${texts.midiStart}</button>
      </div>
      ${
        learned.length > 0
          ? html`<ul class="files">
              ${learned.map(({ target, control }) => {
                const name = this.#name(target, texts);
                return html`<li>
                  <span>${name}</span>
                  <span class="muted">${this.#describe(control, texts)}</span>
                  <button
                    aria-label=${fill(texts.midiForget, { name })}
                    @click=${() => this.forget(target)}
                  >
                    ${closeIcon}
                  </button>
                </li>`;
              })}
            </ul>`
          : nothing
      }
    `;
  }
}
