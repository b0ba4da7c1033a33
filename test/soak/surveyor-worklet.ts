// Maps every sample that a separator plays to the sample of its input that it is, on the audio thread
// itself, and accounts for those that are none.
//
// The signal is a slow turn: left a sine, right a cosine of 2πn/PERIOD. One stereo sample alone tells
// its position within a period, which is longer than any latency, and whatever is lost, moved, louder
// or cut stands out of a signal so smooth. While the latency is being changed the output glides from
// one position to the other; the page announces that.
import { LEVEL, PERIOD, type Survey, type ToSurveyor } from "./survey.ts";

declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;

/** Distance of neighbouring samples, and the error that still tells them apart. */
const STEP = (2 * Math.PI * LEVEL) / PERIOD;
const TOLERANCE = 0.4 * STEP;
/** A step of the output this much larger than the input's is a click (−40 dB). */
const CLICK = 0.01;
/** Relative change of the level that is a jump. */
const LEVEL_JUMP = 0.05;
/** After a change is announced, until it must be over. */
const GLIDE_SECONDS = 1;
const QUANTUM = 128;
const HISTORY = 2 ** 17;
const MOST_RUNS = 5000;
/** The largest steps of the input are remembered by blocks of so many frames, for all of the history. */
const BLOCK = 2 ** 12;

const fresh = (): Survey => ({
  frames: 0,
  verified: 0,
  gliding: 0,
  lost: 0,
  jumps: 0,
  clicks: 0,
  notNumbers: 0,
  levelJumps: 0,
  largestError: 0,
  largestStep: 0,
  runs: [],
});

/** Input 0 is what the separator hears, input 1 what it plays. Answers "take" with a survey since the last. */
class Surveyor extends AudioWorkletProcessor {
  #heard = [new Float32Array(HISTORY), new Float32Array(HISTORY)];
  #position = 0;
  #lag: number;
  #wantedLag: number;
  #glideUntil = -1;
  #last = [0, 0];
  #steps = new Float32Array(HISTORY / BLOCK);
  #started = false;
  #fault = "";
  #survey = fresh();

  constructor({ processorOptions }: { processorOptions: { latency: number } }) {
    super();
    this.#lag = this.#wantedLag = processorOptions.latency;
    this.port.onmessage = ({ data }: MessageEvent<ToSurveyor>) => {
      if (data.type === "latency") {
        this.#wantedLag = data.frames;
        this.#glideUntil = currentFrame + GLIDE_SECONDS * sampleRate;
      } else {
        this.port.postMessage(this.#survey);
        this.#survey = fresh();
        this.#fault = "";
      }
    };
  }

  process([heard, played]: Float32Array[][]): boolean {
    for (let i = 0; i < QUANTUM; i++) {
      const at = this.#position & (HISTORY - 1);
      const before = (at - 1) & (HISTORY - 1);
      const [l, r] = this.#heard;
      l[at] = heard[0]?.[i] ?? 0;
      r[at] = heard[1]?.[i] ?? 0;
      const block = at / BLOCK;
      const earlier = Number.isInteger(block) ? 0 : this.#steps[Math.floor(block)];
      this.#steps[Math.floor(block)] = Math.max(
        earlier,
        Math.hypot(l[at] - l[before], r[at] - r[before]),
      );
      this.#take(played[0]?.[i] ?? 0, played[1]?.[i] ?? 0);
      this.#position++;
    }
    return true;
  }

  /** Distance of a frame from what was heard `lag` frames ago. */
  #error(left: number, right: number, lag: number): number {
    const at = (this.#position - lag) & (HISTORY - 1);
    return Math.hypot(left - this.#heard[0][at], right - this.#heard[1][at]);
  }

  #take(left: number, right: number): void {
    const survey = this.#survey;
    const at = (this.#position - this.#lag) & (HISTORY - 1);
    const before = (at - 1) & (HISTORY - 1);
    const [l, r] = this.#heard;
    if (this.#position < this.#lag + 1 || (!this.#started && left === 0 && right === 0)) return;
    this.#started = true;
    survey.frames++;
    if (!Number.isFinite(left + right)) {
      survey.notNumbers++;
      return;
    }
    const gliding = currentFrame < this.#glideUntil;
    const step = Math.hypot(left - this.#last[0], right - this.#last[1]);
    let inputStep = Math.hypot(l[at] - l[before], r[at] - r[before]);
    // Between two latencies a step of the input may be heard at either.
    if (gliding) inputStep = this.#steps.reduce((most, step) => Math.max(most, step), inputStep);
    this.#last[0] = left;
    this.#last[1] = right;
    survey.largestStep = Math.max(survey.largestStep, step - inputStep);
    if (step > inputStep + CLICK) survey.clicks++;

    let error = this.#error(left, right, this.#lag);
    if (error > TOLERANCE && gliding) {
      const other = this.#error(left, right, this.#wantedLag);
      if (other <= TOLERANCE) {
        this.#lag = this.#wantedLag;
        error = other;
      } else {
        survey.gliding++;
        return;
      }
    }
    survey.largestError = Math.max(survey.largestError, error);
    if (error <= TOLERANCE) {
      this.#fault = "";
      survey.verified++;
      this.#record();
      return;
    }
    this.#blame(Math.hypot(left, right), Math.hypot(l[at], r[at]));
  }

  /** Every sample of a run is the input's, `lag` frames later. */
  #record(): void {
    const { runs } = this.#survey;
    const last = runs[runs.length - 1];
    const frame = this.#position;
    if (last && last.lag === this.#lag && last.first + last.frames === frame) last.frames++;
    else if (runs.length < MOST_RUNS) runs.push({ first: frame, lag: this.#lag, frames: 1 });
  }

  /** A sample that is not the input's: lost, of another level, or from another time. */
  #blame(level: number, expected: number): void {
    const survey = this.#survey;
    const kind =
      level < 0.1 * expected
        ? "lost"
        : Math.abs(level / expected - 1) > LEVEL_JUMP
          ? "level"
          : "moved";
    if (kind === "lost") survey.lost++;
    // One fault is counted once, however long it lasts.
    if (kind !== this.#fault) {
      if (kind === "level") survey.levelJumps++;
      if (kind === "moved") survey.jumps++;
    }
    this.#fault = kind;
  }
}

registerProcessor("surveyor", Surveyor);
