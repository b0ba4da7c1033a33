// Packets by the browser's own decoders: AAC, and what else a browser may know. Page or worker.
import { EncodedPacket } from "mediabunny";
import { aacConfig, aacSpeakers } from "./aac-config.ts";
import type { Speaker } from "../dsp/downmix.ts";
import type { CodecConfig, PacketDecoder, PacketSound } from "./packet-decoder.ts";

/** Packets that may wait for a decoder. */
const AHEAD = 32;

/** undefined where there is no decoder for it. */
export async function webCodecsDecoder(config: CodecConfig): Promise<PacketDecoder | undefined> {
  if (!("AudioDecoder" in globalThis)) return undefined;
  const { supported } = await AudioDecoder.isConfigSupported(config.web).catch(() => ({
    supported: false,
  }));
  return supported ? new WebCodecsDecoder(config) : undefined;
}

class WebCodecsDecoder implements PacketDecoder {
  readonly speakers: readonly Speaker[] | undefined;
  readonly #decoder: AudioDecoder;
  #ready: PacketSound[] = [];
  #error: unknown;
  /** Time of the first packet: browsers do not take times before 0. */
  #origin: number | undefined;

  constructor(config: CodecConfig) {
    this.speakers = config.codec === "aac" ? aacSpeakers(aacConfig(config)) : undefined;
    this.#decoder = new AudioDecoder({
      output: (data) => this.#take(data),
      error: (error) => (this.#error = error),
    });
    this.#decoder.configure(config.web);
  }

  #take(data: AudioData): void {
    const { numberOfFrames, numberOfChannels, sampleRate } = data;
    const channels = Array.from({ length: numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(numberOfFrames);
      data.copyTo(plane, { planeIndex, format: "f32-planar" });
      return plane;
    });
    const timestamp = (this.#origin ?? 0) + data.timestamp / 1e6;
    data.close();
    if (numberOfFrames > 0) this.#ready.push({ channels, sampleRate, timestamp });
  }

  async decode(packet: EncodedPacket): Promise<readonly PacketSound[]> {
    this.#origin ??= packet.timestamp;
    const timestamp = Math.max(0, packet.timestamp - this.#origin);
    const { data, type, duration } = packet;
    this.#decoder.decode(new EncodedPacket(data, type, timestamp, duration).toEncodedAudioChunk());
    while (this.#decoder.decodeQueueSize > AHEAD && this.#error === undefined) {
      await new Promise((resolve) =>
        this.#decoder.addEventListener("dequeue", resolve, { once: true }),
      );
    }
    return this.#given();
  }

  async flush(): Promise<readonly PacketSound[]> {
    await this.#decoder.flush().catch((error: unknown) => (this.#error ??= error));
    return this.#given();
  }

  #given(): readonly PacketSound[] {
    // What it says is that decoding failed.
    if (this.#error !== undefined) throw this.#error;
    const given = this.#ready;
    this.#ready = [];
    return given;
  }

  free(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }
}
