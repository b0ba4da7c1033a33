// Choice of the input and output device for live inputs. Page thread.
import { html, nothing, type ReactiveController } from "lit";
import { listInputs, onInputsChange } from "../../src/sources/index.ts";
import { fill, type Texts } from "../core/texts.ts";
import type { MixerSession } from "../../src/player/session.ts";
import type { StemMixer } from "../stem-mixer.ts";

type Device = Pick<MediaDeviceInfo, "deviceId" | "label">;

/** Lists devices while a mixer plays from a microphone, and tells it which were chosen. */
export class DeviceController implements ReactiveController {
  #inputs: readonly Device[] = [];
  #outputs: readonly Device[] = [];
  #stop: (() => void) | undefined;
  /** Where the mix shall be heard; "" is the system's choice. */
  #output = "";
  #session: MixerSession | undefined;

  constructor(private readonly mixer: StemMixer) {
    mixer.addController(this);
  }

  /** What was on headphones must not come from loudspeakers because a setting took another session. */
  hostUpdated(): void {
    const { session } = this.mixer;
    if (session === this.#session) return;
    this.#session = session;
    if (session && this.#output) void this.#hearFrom(this.#output);
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
              this.#hearFrom(id === "default" ? "" : id),
            )
          : nothing
      }
    </div>`;
  }

  async #hearFrom(device: string): Promise<void> {
    const { session } = this.mixer;
    try {
      await session?.setOutputDevice(device);
      this.#output = device;
    } catch (error) {
      const { sinkId } = (session?.context ?? {}) as { sinkId?: unknown };
      this.#output = typeof sinkId === "string" ? sinkId : "";
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
