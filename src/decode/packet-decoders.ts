// The decoders of packets by codec: WebAssembly, the same in page and Node; for the rest what the browser
// knows. Each is loaded when a file needs it. Any thread.
import type { CodecConfig, PacketDecoder, PacketDecoderFactory } from "./packet-decoder.ts";

const FACTORIES = new Map<string, PacketDecoderFactory>([
  ["opus", async (config) => (await import("./opus.ts")).opusDecoder(config)],
  ["vorbis", async (config) => (await import("./vorbis.ts")).vorbisDecoder(config)],
  ["flac", async (config) => (await import("./flac.ts")).flacDecoder(config)],
  ["mp3", async () => (await import("./mpeg.ts")).mpegDecoder()],
]);

/** Adds a decoder that only some surroundings have. */
export function providePacketDecoder(codec: string, factory: PacketDecoderFactory): void {
  FACTORIES.set(codec, factory);
}

/** A decoder for the track; undefined when none here knows its codec. */
export async function packetDecoder(config: CodecConfig): Promise<PacketDecoder | undefined> {
  const own = FACTORIES.get(config.codec);
  if (own) return own(config);
  const { webCodecsDecoder } = await import("./web-codecs.ts");
  return webCodecsDecoder(config);
}
