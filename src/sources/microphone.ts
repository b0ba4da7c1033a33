// Sound of a microphone or a line input, untouched by the browser's processing. Page.
import { DannaError } from "../errors.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import { listInputs, mediaDevices } from "./inputs.ts";
import { realTime, type AudioSource, type RealTimeContext } from "./source.ts";
import { StreamSource } from "./stream.ts";

export interface MicrophoneOptions {
  /** From `listInputs()`; by default the system's choice. */
  deviceId?: string;
}

export interface MicrophoneSource extends AudioSource {
  /** Of the device that is open, or the one that was asked for. */
  readonly deviceId: string | undefined;
  /** The device's name; empty while none is open. */
  readonly label: string;
  /** Opens another device behind the same node. Never rejects; state and events tell the outcome. */
  choose(deviceId: string | undefined): Promise<void>;
}

/** See ./index.ts. */
export async function microphoneSource(
  context: AnyAudioContext,
  options: MicrophoneOptions,
): Promise<MicrophoneSource> {
  const source = new InputSource(realTime(context, "A microphone"), options.deviceId);
  await source.open();
  return source;
}

class InputSource extends StreamSource implements MicrophoneSource {
  protected readonly wanted = "the microphone";
  #wantedDevice: string | undefined;

  constructor(context: RealTimeContext, deviceId: string | undefined) {
    const devices = mediaDevices();
    super(context);
    this.#wantedDevice = deviceId;
    this.listen(devices, "devicechange", () => void this.#reopen());
  }

  get deviceId(): string | undefined {
    return this.track?.getSettings().deviceId ?? this.#wantedDevice;
  }

  get label(): string {
    return this.track?.label ?? "";
  }

  choose(deviceId: string | undefined): Promise<void> {
    this.#wantedDevice = deviceId;
    return this.open();
  }

  protected request(): Promise<MediaStream> {
    return mediaDevices().getUserMedia({
      audio: {
        ...(this.#wantedDevice !== undefined && { deviceId: { exact: this.#wantedDevice } }),
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
        channelCount: { ideal: 2 },
      },
    });
  }

  protected lost(): void {
    this.interrupt(
      "unplugged",
      new DannaError("device", "The microphone was unplugged or taken away; plug it in again."),
    );
  }

  async #reopen(): Promise<void> {
    if (!this.interruptions.some(({ reason }) => reason === "unplugged")) return;
    const inputs = await listInputs();
    const wanted = this.#wantedDevice;
    if (inputs.some(({ deviceId }) => wanted === undefined || deviceId === wanted)) {
      await this.open();
    }
  }
}
