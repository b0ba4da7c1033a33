// AAC in Node, which has no WebCodecs: FAAD2 as WebAssembly. An optional package, because its licence
// is the GPL; nothing of it is in what is built for browsers, which decode AAC themselves.
import { AudioSample, CustomAudioDecoder, registerDecoder, type EncodedPacket } from "mediabunny";
import type * as Aac from "@audio/decode-aac";
import { DannaError } from "../errors.ts";

type AacModule = typeof Aac;
type AacDecoder = Awaited<ReturnType<AacModule["decoder"]>>;

let aac: AacModule | undefined;
let loading: Promise<void> | undefined;

/** Makes mediabunny decode AAC here. Without the package it cannot, and says so file by file. */
export function provideAac(): Promise<void> {
  loading ??= (async () => {
    try {
      aac = await import("@audio/decode-aac");
      registerDecoder(FaadDecoder);
    } catch {
      // The package was left out at installation.
    }
  })();
  return loading;
}

/** Bytes of an ADTS header, with its checksum where it has one. */
const adtsHeader = (frame: Uint8Array): number => (frame[1] & 1 ? 7 : 9);

/** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) from an ADTS header (1.A.2.2). */
function adtsConfig(frame: Uint8Array): Uint8Array {
  const objectType = (frame[2] >> 6) + 1;
  const frequency = (frame[2] >> 2) & 15;
  const channels = ((frame[2] & 1) << 2) | (frame[3] >> 6);
  return Uint8Array.of(
    (objectType << 3) | (frequency >> 1),
    ((frequency & 1) << 7) | (channels << 3),
  );
}

class FaadDecoder extends CustomAudioDecoder {
  #decoder: AacDecoder | undefined;

  static override supports(codec: string): boolean {
    return codec === "aac";
  }

  init(): void {
    // Without a configuration the packets are ADTS frames, whose headers hold it.
  }

  /** What goes wrong is told, not thrown, which mediabunny would leave unhandled when it closes. */
  async decode(packet: EncodedPacket): Promise<void> {
    try {
      await this.#decode(packet);
    } catch (error) {
      this.onError(error);
    }
  }

  async #decode({ data: frame, timestamp }: EncodedPacket): Promise<void> {
    const adts = this.config.description === undefined;
    const asc = adts ? adtsConfig(frame) : (this.config.description as Uint8Array);
    const first = !this.#decoder;
    this.#decoder ??= await aac?.decoder({ asc });
    const decoded = this.#decoder?.decode(adts ? frame.subarray(adtsHeader(frame)) : frame);
    const frames = decoded?.channelData[0]?.length ?? 0;
    if (!decoded || frames === 0) {
      // FAAD2 holds the first frame back; another that gives nothing would shift all that follow.
      if (first) return;
      throw new DannaError("media", `an AAC frame at ${timestamp.toFixed(2)} s is damaged`);
    }
    const { channelData, sampleRate } = decoded;
    const data = new Float32Array(channelData.length * frames);
    channelData.forEach((plane, c) => data.set(plane, c * frames));
    this.onSample(
      new AudioSample({
        data,
        format: "f32-planar",
        numberOfChannels: channelData.length,
        sampleRate,
        timestamp,
      }),
    );
  }

  flush(): void {
    // Every packet gives its samples at once.
  }

  close(): void {
    this.#decoder?.free();
  }
}
