// What lets the stems computed ahead be heard of a media element, which plays by itself: finds out sample by sample
// whether its sound is the song's where it is thought to be, and gives those stems behind it, later by the
// separator's latency. Pure: no Web Audio, no messages. `process` allocates nothing.
//
// The sound is looked at in windows. A window's stems are written to the bus more than a fade later, with a weight that
// has come down before the first window that is not the song's, or has no stems: what a listener hears comes later
// still, so that no wrong stem is heard, at whatever frame the element jumps, stops, or changes its speed. All stems
// but the last are the song's, at the sound's gain; the last is what they leave of the sound itself, so that the sum
// is what the element plays.
import { readKept, type KeptBlock } from "../../src/dsp/kept-block.ts";
import type { PackedRegion } from "../../src/dsp/packed-region.ts";
import { CHANNELS } from "../../src/dsp/planar-queue.ts";
import {
  busChannels,
  REGION,
  type Captured,
  type ElementFollowerSettings,
} from "../../src/player/protocol.ts";
import { BusDelay } from "../player/bus-delay.ts";

/** Frames that are compared with the song at a time. */
const WINDOW = 128;
/** Cross-fade between the separator's stems and those computed ahead, in seconds at least: less than any latency. */
const BLEND_SECONDS = 0.02;
/** Frequency up to which they are compared: half a sample of delay, as a resampler's, is none to it. */
const COMPARED_HERTZ = 2000;
/** Part of the energy that may differ: between two decoders' samples it is a hundredth of that. */
const TOLERANCE = 0.1;
/** Energy in a frame that is silence, and the part of the energy just before that is. */
const [SILENCE, QUIET] = [1e-8, 1e-4];
/** What the energy just before becomes with each window. */
const DECAY = 0.95;
/** How many more windows are not the song's than are, when its place is not known any more. */
const MOST_STRANGE = 16;

export type ElementFollowerOptions = ElementFollowerSettings & { readonly sampleRate: number };

const planes = (channels: number) =>
  Array.from({ length: channels }, () => new Float32Array(WINDOW));

export class ElementFollower {
  /** Told when the first window, and when no window any more, is the song's. */
  onalign: (() => void) | undefined;
  onpart: (() => void) | undefined;
  /** Told of the region that the sound enters. */
  onregion: ((region: number) => void) | undefined;
  /** Told when what was to be captured is there, and the frame at which it begins. */
  oncapture: ((samples: Captured, from: number) => void) | undefined;
  /** Whether stems replace the separator's. What was handed over is forgotten once they are faded out. */
  blend = false;

  readonly #length: number;
  /** Index of the bus's last channel. */
  readonly #weights: number;
  readonly #delay: BusDelay;
  readonly #blocks = new Map<number, KeptBlock>();
  readonly #regions = new Map<number, PackedRegion>();

  /** Frames of sound so far. */
  #position = 0;
  /** Of frames against the song's samples. */
  #offset: number | undefined;
  #aligned = false;
  #strange = 0;
  #region = -1;

  /** The window that comes in, and the song's. */
  readonly #sound = planes(CHANNELS);
  readonly #song = planes(CHANNELS);
  #filled = 0;
  readonly #smoothing: number;
  /** The filters' states: of the sound's, then of the song's channels. */
  readonly #states = new Float64Array(2 * CHANNELS);
  #gain = 1;
  /** Energy just before. */
  #energy = 0;

  /** Windows of the bus that wait for their weights, the oldest at `#next`. */
  readonly #waiting: readonly Float32Array[][];
  #next = 0;
  #weight = 0;
  readonly #weightStep: number;
  /** Frames by which the bus is written later than its sound comes in, to a window. */
  readonly #lag: number;
  /** First frame from which on all windows are the song's and have stems. */
  #validFrom = 0;

  #capture: Captured | undefined;
  #captured = 0;

  constructor({ sampleRate, length, stems, latency, longestLatency }: ElementFollowerOptions) {
    this.#length = length;
    const channels = busChannels(stems);
    this.#weights = channels - 1;
    this.#delay = new BusDelay({ sampleRate, channels, latency, longestLatency });
    this.#smoothing = 1 - Math.exp((-2 * Math.PI * COMPARED_HERTZ) / sampleRate);
    const fade = Math.ceil((BLEND_SECONDS * sampleRate) / WINDOW);
    this.#weightStep = 1 / (fade * WINDOW);
    // One more than the fade takes: what jumps at a window's end shows only in the next.
    this.#lag = (fade + 1) * WINDOW;
    this.#waiting = Array.from({ length: fade + 2 }, () => planes(channels));
  }

  /** Fills `into` with what comes from now on. */
  capture(into: Captured): void {
    this.#capture = into;
    this.#captured = 0;
  }

  /**
   * Frame n of the sound is the song's sample n − `offset`, times `gain`; this is checked, and forgotten when it is not
   * so.
   */
  align(offset: number, gain: number): void {
    this.#offset = offset;
    this.#gain = gain;
    this.#aligned = false;
    this.#strange = 0;
    this.#region = -1;
    this.#states.fill(0);
  }

  /** Forgets what is known of the sound. */
  part(): void {
    this.#offset = undefined;
    this.#aligned = false;
  }

  /** Lets the bus come later by so many frames; it is cross-faded as the separator's stems are. */
  setLatency(latency: number): void {
    this.#delay.setLatency(latency);
  }

  /** Samples of a region, or nothing any more. */
  setBlock(region: number, block: KeptBlock | undefined): void {
    if (block) this.#blocks.set(region, block);
    else this.#blocks.delete(region);
  }

  /** Stems of a region, or nothing any more. */
  setRegion(region: number, stems: PackedRegion | undefined): void {
    if (stems) this.#regions.set(region, stems);
    else this.#regions.delete(region);
  }

  /**
   * One render quantum.
   * @param input the element's sound: two channels, or none in silence
   * @param bus `busChannels`, later by the latency; they may be left as they are (silent)
   */
  process(input: readonly Float32Array[], bus: readonly Float32Array[]): void {
    const frames = bus[0].length;
    for (let at = 0; at < frames;) {
      const part = Math.min(frames - at, WINDOW - this.#filled);
      for (let c = 0; c < CHANNELS; c++) {
        const channel = input[c] ?? input[0];
        const sound = this.#sound[c];
        for (let i = 0; i < part; i++) sound[this.#filled + i] = channel ? channel[at + i] : 0;
      }
      this.#record(this.#filled, part);
      this.#filled += part;
      this.#position += part;
      at += part;
      if (this.#filled < WINDOW) continue;
      this.#filled = 0;
      this.#takeWindow();
    }
    if (!this.blend && this.#weight === 0) this.#regions.clear();
    this.#delay.read(bus, frames, this.#position - frames + this.#lag);
  }

  #record(from: number, frames: number): void {
    const into = this.#capture;
    if (!into) return;
    const part = Math.min(frames, into[0].length - this.#captured);
    for (let c = 0; c < CHANNELS; c++) {
      for (let i = 0; i < part; i++) into[c][this.#captured + i] = this.#sound[c][from + i];
    }
    this.#captured += part;
    if (this.#captured < into[0].length) return;
    this.#capture = undefined;
    this.oncapture?.(into, this.#position + part - into[0].length);
  }

  /** The window is full: its frames end at `#position`. */
  #takeWindow(): void {
    const from = this.#position - WINDOW;
    const head = from - (this.#offset ?? 0);
    const known = this.#offset !== undefined && this.#readSong(head);
    if (known) this.#judge();
    const valid = known && this.#strange === 0 && this.blend && this.#hasStems(head);
    if (!valid) this.#validFrom = from + WINDOW;
    this.#write(head, valid);
    if (known && this.#strange >= MOST_STRANGE) {
      this.part();
      this.onpart?.();
    }
  }

  /** The song's samples from one on; false where they are not there. */
  #readSong(head: number): boolean {
    if (head < 0 || head + WINDOW > this.#length) return false;
    const region = Math.floor(head / REGION);
    if (region !== this.#region) {
      this.#region = region;
      this.onregion?.(region);
    }
    for (let at = 0; at < WINDOW;) {
      const block = this.#blocks.get(Math.floor((head + at) / REGION));
      if (!block) return false;
      const first = (head + at) % REGION;
      const part = Math.min(WINDOW - at, REGION - first);
      for (let c = 0; c < CHANNELS; c++) readKept(block[c], first, part, this.#song[c], at);
      at += part;
    }
    return true;
  }

  #hasStems(head: number): boolean {
    return (
      this.#regions.has(Math.floor(head / REGION)) &&
      this.#regions.has(Math.floor((head + WINDOW - 1) / REGION))
    );
  }

  /** Compares the sound with the song at its gain. */
  #judge(): void {
    let soundEnergy = 0;
    let songEnergy = 0;
    let difference = 0;
    const gain = this.#gain;
    const a = this.#smoothing;
    const states = this.#states;
    for (let c = 0; c < CHANNELS; c++) {
      const sound = this.#sound[c];
      const song = this.#song[c];
      let x = states[c];
      let y = states[CHANNELS + c];
      for (let i = 0; i < WINDOW; i++) {
        x += a * (sound[i] - x);
        y += a * (gain * song[i] - y);
        soundEnergy += x * x;
        songEnergy += y * y;
        difference += (x - y) * (x - y);
      }
      // Numbers too small to be normal are slow.
      states[c] = Math.abs(x) < SILENCE ? 0 : x;
      states[CHANNELS + c] = Math.abs(y) < SILENCE ? 0 : y;
    }
    this.#energy = Math.max(soundEnergy, DECAY * this.#energy);
    const silence = Math.max(SILENCE * WINDOW, QUIET * this.#energy);
    // Silence is any song's.
    if (soundEnergy <= silence && songEnergy <= silence) return;
    if (difference > Math.max(silence, TOLERANCE * soundEnergy)) {
      this.#strange++;
      return;
    }
    this.#strange = Math.max(0, this.#strange - 1);
    if (this.#aligned || this.#strange > 0) return;
    this.#aligned = true;
    this.onalign?.();
  }

  /** The window's stems wait; those of a fade ago are written with their weights. */
  #write(head: number, valid: boolean): void {
    const bus = this.#waiting[this.#next];
    if (valid) this.#readStems(head, bus);
    else for (let c = 0; c < this.#weights; c++) bus[c].fill(0);
    this.#next = (this.#next + 1) % this.#waiting.length;
    const oldest = this.#waiting[this.#next];
    const from = this.#position - WINDOW - this.#lag;
    const step = from >= this.#validFrom ? this.#weightStep : -this.#weightStep;
    const weights = oldest[this.#weights];
    for (let i = 0; i < WINDOW; i++) {
      this.#weight = Math.min(1, Math.max(0, this.#weight + step));
      weights[i] = this.#weight;
    }
    this.#delay.write(oldest, WINDOW);
  }

  /** The sound is read as the song's mixture is, at the song's level, and all comes back to the sound's. */
  #readStems(head: number, bus: readonly Float32Array[]): void {
    const gain = this.#gain;
    for (let c = 0; c < CHANNELS; c++) {
      for (let i = 0; i < WINDOW; i++) this.#song[c][i] = this.#sound[c][i] / gain;
    }
    for (let at = 0; at < WINDOW;) {
      const packed = this.#regions.get(Math.floor((head + at) / REGION));
      const first = (head + at) % REGION;
      const part = Math.min(WINDOW - at, REGION - first);
      packed?.read(first, part, this.#song, at, bus, at);
      at += part;
    }
    for (let c = 0; c < this.#weights; c++) {
      for (let i = 0; i < WINDOW; i++) bus[c][i] *= gain;
    }
  }
}
