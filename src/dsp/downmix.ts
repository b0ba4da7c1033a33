// Any number of channels to stereo, by where each one's speaker stands. Pure, any thread.
import type { Planar } from "./planar-queue.ts";

/** A speaker's place: front, back and side, left, right and centre, T at the top; LFE is the subwoofer. */
export type Speaker = (typeof WAVE_SPEAKERS)[number];

/** In the order of the bits of WAVE's channel mask, which is that of ffmpeg and of browsers, too. */
export const WAVE_SPEAKERS = [
  "FL",
  "FR",
  "FC",
  "LFE",
  "BL",
  "BR",
  "FLC",
  "FRC",
  "BC",
  "SL",
  "SR",
  "TC",
  "TFL",
  "TFC",
  "TFR",
  "TBL",
  "TBC",
  "TBR",
] as const;

const HALF = Math.SQRT1_2;

/** What left and right take: ITU-R BS.775-3, annex 4 (centre and rear at −3 dB, no LFE). */
const GAINS: Readonly<Record<Speaker, readonly [left: number, right: number]>> = {
  FL: [1, 0],
  FR: [0, 1],
  FC: [HALF, HALF],
  LFE: [0, 0],
  BL: [HALF, 0],
  BR: [0, HALF],
  FLC: [1, 0],
  FRC: [0, 1],
  BC: [0.5, 0.5],
  SL: [HALF, 0],
  SR: [0, HALF],
  TC: [0.5, 0.5],
  TFL: [HALF, 0],
  TFC: [0.5, 0.5],
  TFR: [0, HALF],
  TBL: [HALF, 0],
  TBC: [0.5, 0.5],
  TBR: [0, HALF],
};

/** Where nothing is said, by number of channels: that of WAVE and FLAC (RFC 9639, 9.1.3). */
const DEFAULT: Readonly<Record<number, readonly Speaker[]>> = {
  3: ["FL", "FR", "FC"],
  4: ["FL", "FR", "BL", "BR"],
  5: ["FL", "FR", "FC", "BL", "BR"],
  6: ["FL", "FR", "FC", "LFE", "BL", "BR"],
  7: ["FL", "FR", "FC", "LFE", "BC", "SL", "SR"],
  8: ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
};

/** Vorbis I 4.3.9, which Opus takes over (RFC 7845, 5.1.1.2), by number of channels. */
export const VORBIS_SPEAKERS: Readonly<Record<number, readonly Speaker[]>> = {
  3: ["FL", "FC", "FR"],
  4: ["FL", "FR", "BL", "BR"],
  5: ["FL", "FC", "FR", "BL", "BR"],
  6: ["FL", "FC", "FR", "BL", "BR", "LFE"],
  7: ["FL", "FC", "FR", "SL", "SR", "BC", "LFE"],
  8: ["FL", "FC", "FR", "SL", "SR", "BL", "BR", "LFE"],
};

/** The speakers of a WAVE channel mask; undefined when it has not one for each channel. */
export function maskSpeakers(mask: number, channels: number): readonly Speaker[] | undefined {
  const speakers = WAVE_SPEAKERS.filter((_, bit) => mask & (1 << bit));
  return speakers.length >= channels ? speakers.slice(0, channels) : undefined;
}

/**
 * Left and right of a block: one channel to both sides, two as they are, more by their speakers, of
 * which those of the file's own order stand where it does not say; beyond eight then the first two.
 */
export function toStereo(channels: Planar, speakers?: readonly Speaker[]): Planar {
  const count = channels.length;
  if (count === 1) return [channels[0], channels[0]];
  if (count === 2) return channels;
  const placed = speakers?.length === count ? speakers : (DEFAULT[count] ?? ["FL", "FR"]);
  return [0, 1].map((side) => {
    const mixed = new Float32Array(channels[0].length);
    placed.forEach((speaker, i) => {
      const gain = GAINS[speaker][side];
      const plane = channels[i];
      if (gain !== 0) for (let n = 0; n < mixed.length; n++) mixed[n] += gain * plane[n];
    });
    return mixed;
  });
}
