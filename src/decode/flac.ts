// FLAC packets, each a frame, by libFLAC as WebAssembly. Any thread.
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { soundOf, type PacketDecoder } from "./packet-decoder.ts";
import { quietly } from "./quietly.ts";

export async function flacDecoder(): Promise<PacketDecoder> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  return {
    decode: async (packet) =>
      soundOf(await quietly(() => decoder.decodeFrames([packet.data])), packet, "FLAC"),
    flush: async () => [],
    free: () => decoder.free(),
  };
}
