// FLAC packets, each a frame, by libFLAC as WebAssembly. Any thread.
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { maskSpeakers } from "../dsp/downmix.ts";
import { flacMask } from "./flac-frame.ts";
import { soundOf, type CodecConfig, type PacketDecoder } from "./packet-decoder.ts";
import { quietly } from "./quietly.ts";

export async function flacDecoder(config: CodecConfig): Promise<PacketDecoder> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  // Containers keep the file's own header, in some with its comments.
  const mask = config.description ? flacMask(config.description) : 0;
  return {
    speakers: maskSpeakers(mask, config.channels),
    decode: async (packet) =>
      soundOf(await quietly(() => decoder.decodeFrames([packet.data])), packet, "FLAC"),
    flush: async () => [],
    free: () => decoder.free(),
  };
}
