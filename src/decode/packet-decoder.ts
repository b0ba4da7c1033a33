// What a decoder of single packets is, as MP4, Matroska and WebM hold them. Any thread.
import type { EncodedPacket } from "mediabunny";
import type { Speaker } from "../dsp/downmix.ts";
import type { Planar } from "../dsp/planar-queue.ts";

/** Sound of one packet. */
export interface PacketSound {
  readonly channels: Planar;
  readonly sampleRate: number;
  /** Seconds on the track's own clock, as the packet says it. */
  readonly timestamp: number;
}

/** Takes a track's packets in order. All give all the samples of a packet, priming included. */
export interface PacketDecoder {
  /** Where the channels stand, where the codec says it. */
  readonly speakers?: readonly Speaker[];
  /** The sound that is ready, of this packet or of some before. Throws where one is damaged. */
  decode(packet: EncodedPacket): Promise<readonly PacketSound[]>;
  /** The sound that is still to come. */
  flush(): Promise<readonly PacketSound[]>;
  free(): void;
}

/** What a container says of a track. */
export interface CodecConfig {
  /** mediabunny's name, or "alac". */
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes that the codec needs before its packets. */
  readonly description: Uint8Array | undefined;
  /** The same for WebCodecs. */
  readonly web: AudioDecoderConfig;
  /** The track's first packet, as ADTS holds its settings there. */
  readonly first: Uint8Array;
}

export type PacketDecoderFactory = (config: CodecConfig) => Promise<PacketDecoder>;

/** The answer of the WebAssembly decoders. */
export interface WasmResult {
  readonly channelData: Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** @throws Error that names the packet where the decoder found fault with it */
export function soundOf(
  { channelData, samplesDecoded, sampleRate, errors }: WasmResult,
  { timestamp }: EncodedPacket,
  name: string,
): readonly PacketSound[] {
  if (errors.length > 0) throw damagedPacket(name, timestamp, errors[0].message);
  return samplesDecoded > 0 ? [{ channels: channelData, sampleRate, timestamp }] : [];
}

export const damagedPacket = (name: string, timestamp: number, cause: unknown) =>
  new Error(`${name} packet at ${timestamp.toFixed(2)} s`, { cause });
