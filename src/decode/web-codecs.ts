// Packets by the browser's own decoders: AAC, and what else a browser may know. Page or worker.
import { EncodedPacket } from "mediabunny";
import { aacConfig, aacSpeakers } from "./aac-config.ts";
import type { Speaker } from "../dsp/downmix.ts";
import type { CodecConfig, PacketDecoder, PacketSound } from "./packet-decoder.ts";
import { TOLERANCE } from "./timeline.ts";

/** Packets that may wait for a decoder. */
const AHEAD = 32;
/** Seconds; no codec's packet takes more. */
const LONGEST = 0.15;

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
  #last: EncodedPacket | undefined;
  /** Seconds that a packet takes, once one has been decoded. */
  #length: number | undefined;
  /** Time before which sound is not given: it was before. */
  #from = -Infinity;

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
    this.#length = numberOfFrames / sampleRate;
    const isNew = timestamp + this.#length / 2 > this.#from;
    if (numberOfFrames > 0 && isNew) this.#ready.push({ channels, sampleRate, timestamp });
  }

  async decode(packet: EncodedPacket): Promise<readonly PacketSound[]> {
    const last = this.#last;
    const before: PacketSound[] = [];
    // What a container says of its length may hold the gap, too.
    if (last && packet.timestamp - last.timestamp > (this.#length ?? LONGEST) + TOLERANCE) {
      // Browsers count on over a gap, unless they begin anew: with the packet before it once more, which brings them into step.
      before.push(...(await this.flush()));
      this.#origin = packet.timestamp - (this.#length ?? 0);
      this.#from = packet.timestamp;
      this.#feed(last, this.#origin);
    }
    this.#origin ??= packet.timestamp;
    this.#feed(packet, packet.timestamp);
    this.#last = packet;
    while (this.#decoder.decodeQueueSize > AHEAD && this.#error === undefined) {
      await new Promise((resolve) =>
        this.#decoder.addEventListener("dequeue", resolve, { once: true }),
      );
    }
    return [...before, ...this.#given()];
  }

  #feed({ data, type, duration }: EncodedPacket, time: number): void {
    const timestamp = Math.max(0, time - (this.#origin ?? 0));
    this.#decoder.decode(new EncodedPacket(data, type, timestamp, duration).toEncodedAudioChunk());
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
