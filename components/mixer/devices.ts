// Choice of the input and output device for live inputs, which comes back with a page that is loaded anew. Page thread.
import { html, nothing, type ReactiveController } from "lit";
import { listInputs, onInputsChange } from "../../src/index.ts";
import { fill, type Texts } from "../core/texts.ts";
import "../core/texts-more.ts";
import { cameBack } from "./came-back.ts";
import { keep, keptOf } from "./last-song.ts";
import type { MixerHost } from "./view.ts";

type Device = Pick<MediaDeviceInfo, "deviceId" | "label">;

/** Lists devices while a mixer plays from a microphone, and tells it which were chosen. */
export class DeviceController implements ReactiveController {
  #inputs: readonly Device[] = [];
  #outputs: readonly Device[] = [];
  #stop: (() => void) | undefined;

  constructor(private readonly mixer: MixerHost & HTMLElement) {
    mixer.addController(this);
    if (cameBack()) void this.#restore();
  }

  /** What was chosen before, where it is still there. */
  async #restore(): Promise<void> {
    const { mixer } = this;
    const [input, output] = [keptOf(mixer, "input"), keptOf(mixer, "output")];
    if (!input && !output) return;
    const devices = await navigator.mediaDevices.enumerateDevices();
    const isThere = (id: string) => devices.some(({ deviceId }) => deviceId === id);
    if (input && isThere(input) && mixer.player.state.status === "waiting") {
      mixer.dispatch({ do: "choose", source: { kind: "microphone", deviceId: input } });
    }
    if (output && isThere(output)) mixer.dispatch({ do: "output-device", deviceId: output });
  }

  /** Names need a permission, which the open input tells. */
  hostUpdated(): void {
    const { source } = this.mixer.player.state;
    if (source?.kind === "microphone" && source.isOpen) this.#watch();
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Lists the devices, and again whenever one comes or goes. Names need permission first. */
  #watch(): void {
    if (this.#stop) return;
    this.#stop = onInputsChange(() => void this.#list());
    void this.#list();
  }

  async #list(): Promise<void> {
    this.#inputs = await listInputs();
    if ("setSinkId" in AudioContext.prototype) {
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.#outputs = devices.filter(({ kind }) => kind === "audiooutput");
    }
    this.mixer.requestUpdate();
  }

  render(texts: Texts) {
    const { source, outputDevice } = this.mixer.player.state;
    const { dispatch } = this.mixer;
    const listen = (deviceId: string) => {
      keep(this.mixer, "input", deviceId);
      dispatch({ do: "open", source: { kind: "microphone", deviceId } });
    };
    const hearFrom = (id: string) => {
      const deviceId = id === "default" ? "" : id;
      keep(this.mixer, "output", deviceId);
      dispatch({ do: "output-device", deviceId });
    };
    return html`<div class="devices" part="devices">
      ${this.#choice(texts.input, this.#inputs, source?.deviceId ?? "", texts, listen)}
      ${
        this.#outputs.length > 0
          ? this.#choice(texts.output, this.#outputs, outputDevice, texts, hearFrom)
          : nothing
      }
    </div>`;
  }

  #choice(
    label: string,
    devices: readonly Device[],
    current: string,
    texts: Texts,
    choose: (id: string) => void,
  ) {
    const known = devices.filter(({ deviceId }) => deviceId !== "");
    return html`<label>
      ${label}
      <select
        ?disabled=${known.length === 0}
        @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}
      >
        ${known.length === 0 ? html`<option>${texts.defaultDevice}</option>` : nothing}
        ${known.map(
          ({ deviceId, label: name }, i) =>
            html`<option value=${deviceId} .selected=${deviceId === current}>
              ${name || fill(texts.deviceNumber, { number: i + 1 })}
            </option>`,
        )}
      </select>
    </label>`;
  }
}
