// Vorbis packets by libvorbis as WebAssembly, which takes Ogg pages: each packet goes in one. Any thread.
import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import type { EncodedPacket } from "mediabunny";
import { VORBIS_SPEAKERS } from "../dsp/downmix.ts";
import { BEGIN_OF_STREAM, oggPage } from "./ogg-pages.ts";
import { soundOf, type CodecConfig, type PacketDecoder } from "./packet-decoder.ts";
import { quietly } from "./quietly.ts";

/** The three headers that Matroska and WebCodecs keep in one, their lengths in front as in Ogg. */
function headersOf(description: Uint8Array): Uint8Array[] {
  let at = 1;
  const lengths = Array.from({ length: description[0] }, () => {
    let length = 0;
    for (; description[at] === 255; at++) length += 255;
    return length + description[at++];
  });
  return [...lengths, Infinity].map((length) => description.subarray(at, (at += length)));
}

export async function vorbisDecoder(config: CodecConfig): Promise<PacketDecoder> {
  const headers = config.description ? headersOf(config.description) : [];
  if (headers.length !== 3) throw new Error("its Vorbis headers are missing");
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  let sequence = 0;
  const feed = async (...packets: readonly Uint8Array[]) => {
    const flags = sequence === 0 ? BEGIN_OF_STREAM : 0;
    const page = oggPage(packets, { sequence: sequence++, flags });
    return quietly(() => decoder.decode(page));
  };
  await feed(headers[0]);
  await feed(headers[1], headers[2]);
  // A page's sound comes with the page behind it.
  let before: EncodedPacket | undefined;
  const next = async (packet: EncodedPacket | undefined) => {
    const decoded = await feed(...(packet ? [packet.data] : []));
    const sound = before ? soundOf(decoded, before, "Vorbis") : [];
    before = packet;
    return sound;
  };
  return {
    speakers: VORBIS_SPEAKERS[config.channels],
    decode: next,
    flush: () => next(undefined),
    free: () => decoder.free(),
  };
}
