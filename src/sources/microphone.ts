// Sound of a microphone or a line input, untouched by the browser's processing. Page.
import { DannaError } from "../errors.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import { listInputs, mediaDevices } from "./inputs.ts";
import { realTime, type AudioSource, type RealTimeContext } from "./source.ts";
import { StreamSource } from "./stream-source.ts";

export interface MicrophoneOptions {
  /** From `listInputs()`; by default the system's choice. */
  deviceId?: string;
  /**
   * Which of the device's channels are left and right, counted from 0; the same twice for a mono input. By
   * default the first two, as also on a device that has fewer. Chromium gives Web Audio two channels of a
   * stream at most, into which it mixes all that there are: ask for [0, 1], [0, 0] or [1, 1] there.
   */
  channels?: readonly [left: number, right: number];
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
  const source = new InputSource(realTime(context, "A microphone"), options);
  await source.open();
  return source;
}

class InputSource extends StreamSource implements MicrophoneSource {
  protected readonly wanted = "the microphone";
  readonly #channels: readonly [number, number] | undefined;
  #wantedDevice: string | undefined;
  /** Of the device when it was opened, in Hz. */
  #rate: number | undefined;

  constructor(context: RealTimeContext, { deviceId, channels }: MicrophoneOptions) {
    const devices = mediaDevices();
    super(context);
    this.#wantedDevice = deviceId;
    this.#channels = channels;
    this.listen(devices, "devicechange", () => {
      this.#checkRate();
      void this.#reopen();
    });
  }

  override get sampleRate(): number {
    return this.track?.getSettings().sampleRate ?? super.sampleRate;
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
        channelCount: { ideal: 1 + Math.max(1, ...(this.#channels ?? [])) },
      },
    });
  }

  protected override route(capture: AudioNode): readonly AudioNode[] {
    const { track } = this;
    this.#rate = track?.getSettings().sampleRate;
    track?.addEventListener("configurationchange", () => this.#checkRate());
    const count = track?.getSettings().channelCount ?? 0;
    if (!this.#channels || count <= Math.max(...this.#channels)) return [capture];
    const splitter = this.context.createChannelSplitter(count);
    const merger = this.context.createChannelMerger(2);
    capture.connect(splitter);
    this.#channels.forEach((channel, side) => splitter.connect(merger, channel, side));
    return [capture, splitter, merger];
  }

  /** What was opened at one rate may stand still at another, or be resampled badly. */
  #checkRate(): void {
    const before = this.#rate;
    const now = this.track?.getSettings().sampleRate;
    if (before === undefined || now === undefined || now === before) return;
    this.#rate = now;
    void this.open().then(() => this.emit("rate", { before, now }));
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
