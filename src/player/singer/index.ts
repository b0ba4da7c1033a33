// Someone who sings to what a player plays. Beside `danna-sep/player`, which mixers load: `danna-sep/karaoke` gives
// it. Page thread.
import type { PitchDetector } from "../../dsp/pitch.ts";
import { lazy } from "../../util/lazy.ts";
import type { Player } from "../player.ts";
import type { Singer } from "./singer.ts";

export type { Pitch, PitchDetector } from "../../dsp/pitch.ts";
export type { RoundTrip, Singer, SingerEvents, SingerState } from "./singer.ts";
export type { Take, TakeOptions } from "./take.ts";

/**
 * A singer with the microphone off. Dispose of it before the player.
 * @throws DannaError "fetch" when the code cannot be loaded
 */
export async function createSinger(player: Player): Promise<Singer> {
  const { Singer } = await lazy(import("./singer.ts"));
  return new Singer(player);
}

/**
 * What finds the pitch of a voice at a sample rate.
 * @throws DannaError "fetch" when the code cannot be loaded
 */
export async function createPitchDetector(sampleRate: number): Promise<PitchDetector> {
  const { PitchDetector } = await lazy(import("../../dsp/pitch.ts"));
  return new PitchDetector(sampleRate);
}
