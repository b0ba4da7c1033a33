// Opus in MP4, WebM and Matroska in Node, which has no WebCodecs: libopus as WebAssembly. Opus in Ogg is
// decoded alike everywhere, by elementary.ts.
import { AudioSample, CustomAudioDecoder, registerDecoder, type EncodedPacket } from "mediabunny";
import type { OpusDecoder } from "opus-decoder";
import { DannaError } from "../errors.ts";

let provided = false;

/** Makes mediabunny decode Opus here, mono and stereo. */
export function provideOpus(): void {
  if (!provided) registerDecoder(LibopusDecoder);
  provided = true;
}

/** Of an identification header (RFC 7845, 5.1), which these containers have, too. */
const [PRE_SKIP, OUTPUT_GAIN, LEAST_HEADER] = [10, 16, 18];

class LibopusDecoder extends CustomAudioDecoder {
  #decoder: OpusDecoder | undefined;
  /** Samples that the decoder needs to come into step, still to be dropped. */
  #preSkip = 0;
  #gain = 1;

  static override supports(codec: string, { numberOfChannels }: AudioDecoderConfig): boolean {
    return codec === "opus" && numberOfChannels <= 2;
  }

  async init(): Promise<void> {
    const { OpusDecoder } = await import("opus-decoder");
    const { numberOfChannels: channels, description } = this.config;
    this.#decoder = new OpusDecoder({ channels });
    await this.#decoder.ready;
    const { buffer, byteOffset, byteLength } = (description ?? new Uint8Array()) as Uint8Array;
    if (byteLength <= LEAST_HEADER) return;
    const header = new DataView(buffer, byteOffset, byteLength);
    this.#preSkip = header.getUint16(PRE_SKIP, true);
    // In dB, with eight bits behind the point.
    this.#gain = 10 ** (header.getInt16(OUTPUT_GAIN, true) / 256 / 20);
  }

  decode({ data: packet, timestamp }: EncodedPacket): void {
    // MP4's edit list puts what is to be dropped before time 0, where it is dropped as all else is.
    if (timestamp < 0) this.#preSkip = 0;
    const decoded = this.#decoder?.decodeFrame(packet);
    const problem = decoded?.errors[0];
    if (!decoded || problem) {
      const at = timestamp.toFixed(2);
      const error = new DannaError("media", `an Opus packet at ${at} s is damaged`, {
        cause: problem,
      });
      return this.onError(error);
    }
    const { channelData, samplesDecoded, sampleRate } = decoded;
    const dropped = Math.min(this.#preSkip, samplesDecoded);
    this.#preSkip -= dropped;
    const frames = samplesDecoded - dropped;
    if (frames === 0) return;
    const data = new Float32Array(channelData.length * frames);
    channelData.forEach((plane, c) =>
      plane.subarray(dropped).forEach((x, n) => (data[c * frames + n] = this.#gain * x)),
    );
    const numberOfChannels = channelData.length;
    const at = timestamp + dropped / sampleRate;
    this.onSample(
      new AudioSample({ data, format: "f32-planar", numberOfChannels, sampleRate, timestamp: at }),
    );
  }

  flush(): void {
    // Every packet gives its samples at once.
  }

  close(): void {
    this.#decoder?.free();
  }
}
