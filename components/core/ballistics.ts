// How a meter moves: peak with fall-back and hold, RMS with integration. Pure; any thread.

/** Fall-back of the peak bar, as PPMs do (IEC 60268-10 type I: 20 dB in 1.7 s). */
export const PEAK_FALL = 20 / 1.7;
/** How long the hold mark stays, in seconds, before it falls as the bar does. */
export const HOLD_TIME = 1.5;
/** Integration time of the RMS bar in seconds (VU meters: 300 ms). */
export const RMS_TIME = 0.3;
/** Foot of every meter, in dBFS. */
export const METER_FLOOR = -60;

/** State of one meter channel; amplitudes are linear, times in seconds. Allocates nothing. */
export class MeterBallistics {
  /** Peak bar, hold mark and RMS bar in dBFS, never below `METER_FLOOR`. */
  peak = METER_FLOOR;
  hold = METER_FLOOR;
  rms = METER_FLOOR;
  #held = 0;
  #meanSquare = 0;

  /** Takes what was measured during the last `elapsed` seconds: peak and RMS amplitude. */
  update(peak: number, rms: number, elapsed: number): void {
    const level = peak > 0 ? Math.max(METER_FLOOR, 20 * Math.log10(peak)) : METER_FLOOR;
    const fallen = PEAK_FALL * elapsed;
    this.peak = Math.max(level, this.peak - fallen, METER_FLOOR);
    if (this.peak >= this.hold) {
      this.hold = this.peak;
      this.#held = 0;
    } else if ((this.#held += elapsed) > HOLD_TIME) {
      this.hold = Math.max(this.peak, this.hold - fallen);
    }
    this.#meanSquare += (rms * rms - this.#meanSquare) * (1 - Math.exp(-elapsed / RMS_TIME));
    this.rms =
      this.#meanSquare > 0 ? Math.max(METER_FLOOR, 10 * Math.log10(this.#meanSquare)) : METER_FLOOR;
  }

  /** Nothing left to show: all three are at the floor. */
  get resting(): boolean {
    return this.hold === METER_FLOOR && this.rms === METER_FLOOR && this.peak === METER_FLOOR;
  }

  reset(): void {
    this.peak = this.hold = this.rms = METER_FLOOR;
    this.#held = this.#meanSquare = 0;
  }
}

/** Share of a meter's length at a level in dBFS: linear in dB from the floor to 0, clamped. */
export function meterPosition(decibels: number): number {
  return Math.min(1, Math.max(0, 1 - decibels / METER_FLOOR));
}
