// The identification header of Opus (RFC 7845, 5.1), which all containers have. Pure, any thread.
import { VORBIS_SPEAKERS, type Speaker } from "../dsp/downmix.ts";

export interface OpusHeader {
  /** Samples at 48 kHz that the decoder needs to come into step. */
  readonly preSkip: number;
  /** Factor for all samples. */
  readonly gain: number;
  /** Where each channel is in the packets; undefined for mono and stereo. */
  readonly mapping:
    | { streamCount: number; coupledStreamCount: number; channelMappingTable: number[] }
    | undefined;
  readonly speakers: readonly Speaker[] | undefined;
}

const [CHANNELS, PRE_SKIP, GAIN, FAMILY, STREAMS, COUPLED, MAPPING] = [9, 10, 16, 18, 19, 20, 21];

/** @param bytes none where a container keeps it back: then it is as if all in it were 0 */
export function opusHeader(bytes: Uint8Array = new Uint8Array()): OpusHeader {
  if (bytes.length <= FAMILY)
    return { preSkip: 0, gain: 1, mapping: undefined, speakers: undefined };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = bytes[CHANNELS];
  const mapped = bytes[FAMILY] !== 0 && bytes.length >= MAPPING + channels;
  return {
    preSkip: view.getUint16(PRE_SKIP, true),
    // In dB, with eight bits behind the point.
    gain: 10 ** (view.getInt16(GAIN, true) / 256 / 20),
    mapping: mapped
      ? {
          streamCount: bytes[STREAMS],
          coupledStreamCount: bytes[COUPLED],
          channelMappingTable: Array.from(bytes.subarray(MAPPING, MAPPING + channels)),
        }
      : undefined,
    speakers: bytes[FAMILY] === 1 ? VORBIS_SPEAKERS[channels] : undefined,
  };
}
