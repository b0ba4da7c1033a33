// Any number of channels to stereo. Pure, any thread.
import type { Planar } from "./planar-queue.ts";

const HALF = Math.SQRT1_2;
type Gains = readonly (readonly [left: number, right: number])[];

const LEFT: Gains[number] = [1, 0];
const RIGHT: Gains[number] = [0, 1];
const CENTRE: Gains[number] = [HALF, HALF];
const LEFT_REAR: Gains[number] = [HALF, 0];
const RIGHT_REAR: Gains[number] = [0, HALF];
const REAR: Gains[number] = [0.5, 0.5];
const LFE: Gains[number] = [0, 0];

/** By number of channels, in the order of WAVE, FLAC and AAC decoders: front, centre, LFE, rear, side. */
const LAYOUTS: Readonly<Record<number, Gains>> = {
  1: [[1, 1]],
  2: [LEFT, RIGHT],
  3: [LEFT, RIGHT, CENTRE],
  4: [LEFT, RIGHT, LEFT_REAR, RIGHT_REAR],
  5: [LEFT, RIGHT, CENTRE, LEFT_REAR, RIGHT_REAR],
  6: [LEFT, RIGHT, CENTRE, LFE, LEFT_REAR, RIGHT_REAR],
  7: [LEFT, RIGHT, CENTRE, LFE, REAR, LEFT_REAR, RIGHT_REAR],
  8: [LEFT, RIGHT, CENTRE, LFE, LEFT_REAR, RIGHT_REAR, LEFT_REAR, RIGHT_REAR],
};

/** Vorbis I 4.3.9, which Opus uses, too: where the channels of the order above are. */
const VORBIS_ORDER: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/**
 * Left and right of a block: mono to both sides; surround as ITU-R BS.775-3 annex 4 folds it down
 * (centre and rear at −3 dB, no LFE); beyond eight channels the first two.
 */
export function toStereo(channels: Planar, vorbisOrder = false): Planar {
  const count = channels.length;
  if (count === 2) return channels;
  const gains = LAYOUTS[count] ?? LAYOUTS[2];
  const order = (vorbisOrder && VORBIS_ORDER[count]) || gains.map((_, i) => i);
  return [0, 1].map((side) => {
    const mixed = new Float32Array(channels[0].length);
    gains.forEach((gain, i) => {
      const plane = channels[order[i]];
      if (gain[side] !== 0)
        for (let n = 0; n < mixed.length; n++) mixed[n] += gain[side] * plane[n];
    });
    return mixed;
  });
}
