// MPEG audio packets, each a frame, by mpg123 as WebAssembly. Any thread.
import { MPEGDecoder } from "mpg123-decoder";
import { soundOf, type PacketDecoder } from "./packet-decoder.ts";
import { quietly } from "./quietly.ts";

export async function mpegDecoder(): Promise<PacketDecoder> {
  // Delay and padding are the container's to tell.
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  return {
    decode: async (packet) =>
      soundOf(await quietly(() => decoder.decodeFrame(packet.data)), packet, "MP3"),
    flush: async () => [],
    free: () => decoder.free(),
  };
}
