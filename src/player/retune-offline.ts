// A finished mix at another key and tempo, for files: what the player does while it plays, rendered offline.
// Page thread; loaded when such a mix is saved.
import { DannaError } from "../errors.ts";
import { CHANNELS, joined, type Planar } from "../dsp/planar-queue.ts";
import { createStretch } from "./stretch.ts";

export interface Retuning {
  readonly sampleRate: number;
  /** Semitones. */
  readonly key: number;
  /** Factor. */
  readonly tempo: number;
  /** Of STRETCH_FILE. */
  readonly stretchFile: string;
}

/** Hours that are kept three times meanwhile: a browser's process has no memory for much more. */
const MOST_HOURS = 1;
/** Samples of a block that is given. */
const BLOCK = 65_536;
const TOO_LONG =
  "A mix at another key or tempo is saved up to an hour long: set a loop around a part of the song and save that, or " +
  "save the song at its own key and tempo.";

/**
 * The whole of `blocks` shifted by `key` and played `tempo` times as fast: its length over `tempo`, to the
 * sample. Kept in memory meanwhile: the mix, and what becomes of it.
 * @throws DannaError "input" for more than an hour; what `blocks` throws; what the browser throws where there is no memory for it
 */
export async function* retuned(
  blocks: AsyncIterable<Planar>,
  { sampleRate, key, tempo, stretchFile }: Retuning,
): AsyncGenerator<Planar, void, undefined> {
  const parts: Planar[] = [];
  let samples = 0;
  for await (const block of blocks) {
    samples += block[0].length;
    if (samples > MOST_HOURS * 3600 * sampleRate) throw new DannaError("input", TOO_LONG);
    parts.push(block);
  }
  if (parts.length === 0) return;
  const whole = joined(parts, CHANNELS);
  const length = Math.max(1, Math.round(whole[0].length / tempo));
  const context = new OfflineAudioContext(CHANNELS, length, sampleRate);
  const stretch = await createStretch(context, stretchFile);
  await stretch.addBuffers(
    whole,
    whole.map(({ buffer }) => buffer),
  );
  await stretch.schedule({ active: true, output: 0, input: 0, rate: tempo, semitones: key });
  stretch.connect(context.destination);
  const rendered = await context.startRendering();
  const planes = [0, 1].map((c) => rendered.getChannelData(c));
  for (let at = 0; at < length; at += BLOCK) {
    yield planes.map((plane) => plane.subarray(at, at + BLOCK));
  }
}
