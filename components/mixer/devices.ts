// Choice of the input and output device for live inputs. Page thread.
import { html, nothing, type ReactiveController } from "lit";
import { listInputs, onInputsChange } from "../../src/sources/index.ts";
import { fill, type Texts } from "../core/texts.ts";
import type { StemMixer } from "../stem-mixer.ts";

type Device = Pick<MediaDeviceInfo, "deviceId" | "label">;

/** Lists devices while a mixer plays from a microphone, and tells it which were chosen. */
export class DeviceController implements ReactiveController {
  #inputs: readonly Device[] = [];
  #outputs: readonly Device[] = [];
  #stop: (() => void) | undefined;
  #output = "";

  constructor(private readonly mixer: StemMixer) {
    mixer.addController(this);
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Lists the devices, and again whenever one comes or goes. Names need permission first. */
  watch(): void {
    this.#stop ??= onInputsChange(() => void this.#list());
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
    const input = this.mixer.session?.source?.input;
    const current = input && "deviceId" in input ? String(input.deviceId ?? "") : "";
    return html`<div class="devices" part="devices">
      ${this.#choice(texts.input, this.#inputs, current, texts, (id) => this.mixer.useMicrophone(id))}
      ${
        this.#outputs.length > 0
          ? this.#choice(texts.output, this.#outputs, this.#output, texts, (id) =>
              this.#chooseOutput(id),
            )
          : nothing
      }
    </div>`;
  }

  async #chooseOutput(id: string): Promise<void> {
    try {
      await this.mixer.session?.setOutputDevice(id === "default" ? "" : id);
      this.#output = id;
    } catch (error) {
      this.mixer.fail(error as Error);
    }
    this.mixer.requestUpdate();
  }

  #choice(
    label: string,
    devices: readonly Device[],
    current: string,
    texts: Texts,
    choose: (id: string) => Promise<void>,
  ) {
    const known = devices.filter(({ deviceId }) => deviceId !== "");
    return html`<label>
      ${label}
      <select
        ?disabled=${known.length === 0}
        @change=${(event: Event) => void choose((event.target as HTMLSelectElement).value)}
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
