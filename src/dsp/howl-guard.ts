// Feedback between loudspeakers and a microphone, known by what singing is not: one tone without harmonics that
// stays where it is and grows. Pure; any thread.

/** Decibels by which the tone must stand above the mean of the spectrum, and above its own harmonics. */
const PURE = 22;
const ABOVE_HARMONICS = 26;
/** Looks, one after the other, at which it must be there. */
const LOOKS = 6;
/** Decibels by which it must have grown over them, to a level that is heard; or else a level that is loud. */
const GROWN = 6;
const HEARD = -33;
const LOUD = -20;
/** Decibels that it may lose between two looks. */
const STEADY = 1;
/** Tones below are hum. */
const LOWEST_HERTZ = 120;

export class HowlGuard {
  readonly #hertzOfBin: number;
  #bin = -1;
  /** Its levels at the last looks. */
  #levels: number[] = [];

  /** `size`: samples of the transform that gives the spectra. */
  constructor(sampleRate: number, size: number) {
    this.#hertzOfBin = sampleRate / size;
  }

  /**
   * Takes the present spectrum in decibels, as an AnalyserNode gives it (a full sine is -13.5), about 20 times a
   * second; true once it howls. It then begins anew.
   */
  look(spectrum: Float32Array): boolean {
    const bin = this.#peak(spectrum);
    const level = spectrum[bin] ?? -Infinity;
    const stays = Math.abs(bin - this.#bin) <= 1 && level >= (this.#levels.at(-1) ?? 0) - STEADY;
    if (!this.#isPure(spectrum, bin)) this.#levels = [];
    else this.#levels = stays ? [...this.#levels, level] : [level];
    this.#bin = bin;
    if (this.#levels.length < LOOKS) return false;
    const grown = level - this.#levels.shift()! >= GROWN;
    const howls = level >= LOUD || (grown && level >= HEARD);
    if (howls) this.#levels = [];
    return howls;
  }

  #peak(spectrum: Float32Array): number {
    let best = Math.ceil(LOWEST_HERTZ / this.#hertzOfBin);
    for (let bin = best; bin < spectrum.length; bin++)
      if (spectrum[bin] > spectrum[best]) best = bin;
    return best;
  }

  #isPure(spectrum: Float32Array, bin: number): boolean {
    let power = 0;
    for (const level of spectrum) power += 10 ** (level / 10);
    const mean = 10 * Math.log10(power / spectrum.length);
    if (!(spectrum[bin] - mean >= PURE)) return false;
    // Of a voice, the loudest may be any of its harmonics.
    return [1 / 2, 3 / 2, 2, 3].every((ratio) => {
      const at = Math.round(bin * ratio);
      const near = spectrum.subarray(Math.max(0, at - 2), at + 3);
      return near.length === 0 || spectrum[bin] - Math.max(...near) >= ABOVE_HARMONICS;
    });
  }
}
