// Opus packets by libopus as WebAssembly, mono to multichannel. Any thread.
import { OpusDecoder } from "opus-decoder";
import { opusHeader } from "./opus-header.ts";
import { soundOf, type CodecConfig, type PacketDecoder } from "./packet-decoder.ts";
import { quietly } from "./quietly.ts";

export async function opusDecoder({ channels, description }: CodecConfig): Promise<PacketDecoder> {
  const { gain, mapping, speakers } = opusHeader(description);
  const decoder = new OpusDecoder({ channels, ...mapping });
  await decoder.ready;
  return {
    speakers,
    decode: async (packet) => {
      const decoded = await quietly(() => decoder.decodeFrame(packet.data));
      if (gain !== 1) {
        for (const plane of decoded.channelData) plane.forEach((x, n) => (plane[n] = gain * x));
      }
      return soundOf(decoded, packet, "Opus");
    },
    flush: async () => [],
    free: () => decoder.free(),
  };
}
