// AAC and ALAC in Node, which has no WebCodecs: FAAD2 as WebAssembly, and Apple's decoder. An optional
// package, because its licence is the GPL; nothing of it is in what is built for browsers.
import type * as Aac from "@audio/decode-aac";
import type { EncodedPacket } from "mediabunny";
import { type Speaker } from "../dsp/downmix.ts";
import { aacConfig, aacSpeakers, adtsHeader, silentFrame, type AacConfig } from "./aac-config.ts";
import {
  damagedPacket,
  type CodecConfig,
  type PacketDecoder,
  type PacketSound,
} from "./packet-decoder.ts";
import { providePacketDecoder } from "./packet-decoders.ts";

type AacModule = typeof Aac;
type Decoder = Awaited<ReturnType<AacModule["decoder"]>>;

let loading: Promise<void> | undefined;

/** Makes AAC and ALAC readable here. Without the package they are not, which is told file by file. */
export function provideAac(): Promise<void> {
  loading ??= (async () => {
    try {
      const aac = await import("@audio/decode-aac");
      providePacketDecoder("aac", (config) => FaadDecoder.create(aac, config));
      providePacketDecoder("alac", (config) => alacDecoder(aac, config));
    } catch {
      // The package was left out at installation.
    }
  })();
  return loading;
}

/** The package sorts the channels of these configurations; of others they come as the frame has them. */
const SORTED = [1, 2, 3, 4, 5, 6];
const UNSORTED = 7;

/**
 * What FAAD2 is told: of a program config it takes a channel for the subwoofer where both have one tag,
 * and without one it gives all in order, whatever channels there are.
 */
function settings({ bytes, channelConfig }: AacConfig): Uint8Array {
  if (channelConfig > 0) return bytes;
  return Uint8Array.of(bytes[0], (bytes[1] & 0x80) | (UNSORTED << 3));
}

class FaadDecoder implements PacketDecoder {
  readonly speakers: readonly Speaker[] | undefined;
  readonly #decoder: Decoder;
  readonly #adts: boolean;
  /** Time of the first packet, as long as its sound is missing. */
  #missing: number | undefined;
  #begun = false;

  static async create(aac: AacModule, config: CodecConfig): Promise<FaadDecoder> {
    const parsed = aacConfig(config);
    return new FaadDecoder(await aac.decoder({ asc: settings(parsed) }), parsed);
  }

  constructor(decoder: Decoder, config: AacConfig) {
    this.#decoder = decoder;
    this.#adts = config.adts;
    this.speakers = SORTED.includes(config.channelConfig) ? aacSpeakers(config) : config.speakers;
    // FAAD2 holds the first frame's sound back, which so is silence's.
    if (config.elements && config.objectType < 5) decoder.decode(silentFrame(config.elements));
  }

  async decode({ data, timestamp }: EncodedPacket): Promise<readonly PacketSound[]> {
    const { channelData: channels, sampleRate } = this.#decoder.decode(
      this.#adts ? data.subarray(adtsHeader(data)) : data,
    );
    const first = !this.#begun;
    this.#begun = true;
    const frames = channels[0]?.length ?? 0;
    if (frames === 0) {
      if (!first) throw damagedPacket("AAC", timestamp, "no samples");
      this.#missing = timestamp;
      return [];
    }
    const sound = { channels, sampleRate, timestamp };
    if (this.#missing === undefined) return [sound];
    const silence = channels.map((plane) => new Float32Array(plane.length));
    const before = { channels: silence, sampleRate, timestamp: this.#missing };
    this.#missing = undefined;
    return [before, sound];
  }

  flush = async () => [];

  free(): void {
    this.#decoder.free();
  }
}

/** Apple's order, by number of channels. */
const ALAC_SPEAKERS: Readonly<Record<number, readonly Speaker[]>> = {
  3: ["FC", "FL", "FR"],
  4: ["FC", "FL", "FR", "BC"],
  5: ["FC", "FL", "FR", "BL", "BR"],
  6: ["FC", "FL", "FR", "BL", "BR", "LFE"],
  7: ["FC", "FL", "FR", "BL", "BR", "BC", "LFE"],
  8: ["FC", "FLC", "FRC", "FL", "FR", "BL", "BR", "LFE"],
};

async function alacDecoder(aac: AacModule, config: CodecConfig): Promise<PacketDecoder> {
  if (!config.description) throw new Error("its ALAC settings are missing");
  const decoder = await aac.decoder({ alac: config.description });
  return {
    speakers: ALAC_SPEAKERS[config.channels],
    decode: async ({ data, timestamp }) => {
      const { channelData: channels, sampleRate } = decoder.decode(data);
      if (!channels[0]?.length) throw damagedPacket("ALAC", timestamp, "no samples");
      return [{ channels, sampleRate, timestamp }];
    },
    flush: async () => [],
    free: () => decoder.free(),
  };
}
