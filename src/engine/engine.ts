// The engine: hops of the stereo mixture in, hops of stereo stems out. Page, worker or Node;
// the live path, the file splitter and the tests all run this one.
import { RealFft } from "../dsp/fft.ts";
import { copySanitised } from "../dsp/sanitise.ts";
import { StreamingIstft, StreamingStft } from "../dsp/stft.ts";
import { CHANNELS } from "../dsp/planar-queue.ts";
import { DannaError } from "../errors.ts";
import type { Stem } from "../stems.ts";
import type { HeapFloats } from "../dsp/heap.ts";
import { allWithin, equalShares, powerShares } from "../dsp/masks.ts";
import { release } from "../util/release.ts";
import type { ModelSession, ModelState } from "./model-session.ts";

/** Beyond it what a model returns is a fault: masks, and bins of spectra. */
const OUTPUT_LIMIT = { mask: 1e4, spectrum: 1e12 } as const;

export interface ProcessOptions {
  /** Skip inference and use the last masks again: transforms only. */
  reuseMasks?: boolean;
}

/** What went through an engine since it was made. `reset` leaves the counts. */
export interface EngineCounts {
  /** Frames in all. */
  frames: number;
  /** Frames that used the last masks again because the caller asked for it. */
  reusedFrames: number;
  /** Frames that used them because inference failed or gave something that is not a number. */
  faultyFrames: number;
  /** Input samples that were not finite or absurdly large, and were taken as silence. */
  faultySamples: number;
}

/** Bytes. */
const FLOAT = 4;

const disposed = () => new DannaError("disposed", "The engine has been disposed of.");

/** One signal's separation. Owns its session. */
export class Engine {
  /** Samples per frame, at `sampleRate`. */
  readonly hop: number;
  readonly sampleRate: number;
  /** What it makes of the mixture, in this order. */
  readonly stems: readonly Stem[];
  /** From input to output in samples at `sampleRate`: S − hop + lookahead·hop. */
  readonly delay: number;
  readonly counts: Readonly<EngineCounts>;

  readonly #session: ModelSession;
  readonly #fft: RealFft;
  readonly #stft: StreamingStft[];
  /** By stem, then channel. */
  readonly #istft: StreamingIstft[];
  readonly #counts: EngineCounts = {
    frames: 0,
    reusedFrames: 0,
    faultyFrames: 0,
    faultySamples: 0,
  };
  /** Spectra of the mixture: `lookahead` frames that wait for their masks, then the new ones. */
  #spectra: Float32Array;
  readonly #clean: Float32Array;
  /** Of one frame: the model's block, the mixture, and the product of a plane of each. */
  readonly #block: HeapFloats;
  readonly #mixture: HeapFloats;
  readonly #product: HeapFloats;
  #state: ModelState;
  #faultyState = false;
  /** The model's last good block, and the masks that stand for it. */
  readonly #lastOutput: Float32Array;
  readonly #lastMasks: Float32Array;
  #lastMasksStale = false;
  #running = false;
  #disposed = false;

  constructor(session: ModelSession) {
    const { manifest } = session;
    this.#session = session;
    this.hop = manifest.hop;
    this.sampleRate = manifest.sampleRate;
    this.stems = manifest.stems;
    this.delay = manifest.synthesisWindow - manifest.hop + manifest.lookahead * manifest.hop;
    this.counts = this.#counts;
    const fft = new RealFft(manifest.fftSize);
    const options = { fft, synthesisWindow: manifest.synthesisWindow };
    const make = <T>(count: number, one: () => T) => Array.from({ length: count }, one);
    this.#fft = fft;
    this.#stft = make(CHANNELS, () => new StreamingStft(options));
    this.#istft = make(manifest.stems.length * CHANNELS, () => new StreamingIstft(options));
    this.#spectra = new Float32Array((manifest.lookahead + 1) * session.inputFloats);
    this.#clean = new Float32Array(this.hop);
    this.#block = fft.heap.allocate(session.outputFloats);
    this.#mixture = fft.heap.allocate(session.inputFloats);
    this.#product = fft.heap.allocate(fft.size);
    this.#lastOutput = new Float32Array(session.outputFloats);
    this.#lastMasks = new Float32Array(session.outputFloats);
    this.#state = session.createState();
    equalShares(this.#lastMasks, manifest.stems.length);
  }

  /**
   * Separates the next n hops with one run of the model. The stems are the input, delayed by
   * `delay`, times the masks; with masks that sum to one they add up to it.
   *
   * `input` is read before the call returns; `output` is written before the promise settles, also
   * when it rejects: without inference the last good masks stand in, and sound goes on.
   * @param input 2 channels of n·hop samples, n ≥ 1
   * @param output by stem, then channel, of n·hop samples each
   * @throws DannaError "model" when inference failed; "input" for wrong lengths or a call during
   *   another; "disposed"
   */
  async process(
    input: readonly Float32Array[],
    output: readonly (readonly Float32Array[])[],
    options: ProcessOptions = {},
  ): Promise<void> {
    const frames = this.#checked(input, output);
    this.#analyse(input, frames);
    this.#counts.frames += frames;
    if (options.reuseMasks) {
      this.#counts.reusedFrames += frames;
      this.#synthesise(undefined, frames, output);
      return;
    }
    this.#running = true;
    let result: Float32Array | undefined;
    try {
      result = await this.#infer(frames);
    } finally {
      this.#running = false;
      if (!this.#disposed) this.#synthesise(result, frames, output, true);
      if (result) await release(result);
    }
    if (this.#disposed) throw disposed();
  }

  /**
   * The spectra of the next n hops as `process` would have them, in an array that the next call uses again: what
   * a model of whole segments hears before it separates. `reset` comes before and after.
   * @param input 2 channels of n·hop samples
   */
  analyse(input: readonly Float32Array[]): Float32Array {
    const { inputFloats, manifest } = this.#session;
    const frames = input[0].length / this.hop;
    this.#analyse(input, frames);
    const from = manifest.lookahead * inputFloats;
    return this.#spectra.subarray(from, from + frames * inputFloats);
  }

  #checked(input: readonly Float32Array[], output: readonly (readonly Float32Array[])[]): number {
    if (this.#disposed) throw disposed();
    if (this.#running) {
      throw new DannaError("input", "Await the last process() before calling it again.");
    }
    const { stems } = this.#session.manifest;
    const length = input[0]?.length ?? 0;
    const frames = length / this.hop;
    if (input.length !== CHANNELS || !Number.isInteger(frames) || frames < 1) {
      throw new DannaError(
        "input",
        `process() takes ${CHANNELS} channels of a multiple of ${this.hop} samples.`,
      );
    }
    const planes = [input, ...output];
    const fits = planes.every(
      (channels) =>
        channels.length === CHANNELS && channels.every((channel) => channel.length === length),
    );
    if (output.length !== stems.length || !fits) {
      throw new DannaError(
        "input",
        `process() fills ${stems.length} stems of ${CHANNELS} channels, as long as the input.`,
      );
    }
    return frames;
  }

  /** Appends the spectra of the new frames to those that wait. */
  #analyse(input: readonly Float32Array[], frames: number): void {
    const { inputFloats, manifest } = this.#session;
    const waiting = manifest.lookahead * inputFloats;
    const needed = waiting + frames * inputFloats;
    if (this.#spectra.length < needed) {
      const grown = new Float32Array(needed);
      grown.set(this.#spectra.subarray(0, waiting));
      this.#spectra = grown;
    }
    const plane = inputFloats / CHANNELS;
    for (let frame = 0; frame < frames; frame++) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const at = waiting + frame * inputFloats + channel * plane;
        const faults = copySanitised(input[channel], frame * this.hop, this.#clean);
        this.#counts.faultySamples += faults;
        this.#stft[channel].process(this.#clean, 0, this.#spectra, at);
      }
    }
  }

  async #infer(frames: number): Promise<Float32Array> {
    const { inputFloats, manifest } = this.#session;
    const fresh = this.#spectra.subarray(manifest.lookahead * inputFloats);
    const { output, state } = await this.#session.run(fresh, frames, this.#state);
    this.#carry(state);
    return output;
  }

  /** A state that is not finite would spoil every later frame: keep the last, then start anew. */
  #carry(next: ModelState): void {
    const finite = next.every(({ data }) => {
      const values = data as Float32Array;
      return allWithin(values, 0, values.length, Number.MAX_VALUE);
    });
    if (finite) this.#state = next;
    else if (this.#faultyState) this.#state = this.#session.createState();
    this.#faultyState = !finite;
  }

  /** Turns the frames that are due into samples, with the model's blocks where they are good. */
  #synthesise(
    result: Float32Array | undefined,
    frames: number,
    output: readonly (readonly Float32Array[])[],
    inferred = false,
  ): void {
    const { inputFloats, outputFloats, manifest } = this.#session;
    const limit = OUTPUT_LIMIT[manifest.output.kind];
    const masked = manifest.output.kind === "mask";
    const { kernels } = this.#fft.heap;
    let lastGood: Float32Array | undefined;
    for (let frame = 0; frame < frames; frame++) {
      const block = result?.subarray(frame * outputFloats, (frame + 1) * outputFloats);
      if (block) this.#block.values.set(block);
      if (block && kernels.allWithin(this.#block.at, limit, outputFloats) === 1) {
        lastGood = block;
        this.#synthesiseFrame(masked, frame, output);
      } else {
        if (inferred) this.#counts.faultyFrames++;
        this.#keep(lastGood);
        lastGood = undefined;
        this.#block.values.set(this.#masksToReuse());
        this.#synthesiseFrame(true, frame, output);
      }
    }
    this.#keep(lastGood);
    const waiting = manifest.lookahead * inputFloats;
    this.#spectra.copyWithin(0, frames * inputFloats, frames * inputFloats + waiting);
  }

  #keep(block: Float32Array | undefined): void {
    if (!block) return;
    this.#lastOutput.set(block);
    this.#lastMasksStale = true;
  }

  #masksToReuse(): Float32Array {
    if (this.#lastMasksStale) {
      const { stems, output } = this.#session.manifest;
      if (output.kind === "mask") this.#lastMasks.set(this.#lastOutput);
      else powerShares(this.#lastOutput, stems.length, this.#lastMasks);
      this.#lastMasksStale = false;
    }
    return this.#lastMasks;
  }

  /** `#block` has masks for the mixture's frame, or the stems' spectra themselves. */
  #synthesiseFrame(
    masked: boolean,
    frame: number,
    output: readonly (readonly Float32Array[])[],
  ): void {
    const { inputFloats } = this.#session;
    const { heap, size } = this.#fft;
    const plane = inputFloats / CHANNELS;
    const mixture = this.#mixture.values;
    if (masked) mixture.set(this.#spectra.subarray(frame * inputFloats, (frame + 1) * inputFloats));
    const block = this.#block.values;
    const product = this.#product.values;
    for (let i = 0; i < this.#istft.length; i++) {
      const istft = this.#istft[i];
      const channel = i % CHANNELS;
      const at = i * plane;
      const { spectrum } = istft;
      if (masked) {
        const mixtureAt = channel * plane;
        const [masks, spectra] = [
          this.#block.at + FLOAT * at,
          this.#mixture.at + FLOAT * mixtureAt,
        ];
        heap.kernels.complexProduct(masks, spectra, this.#product.at, size);
        spectrum.set(product);
        // DC and Nyquist, which are real, share the first bin's place.
        spectrum[0] = block[at] * mixture[mixtureAt];
        spectrum[1] = block[at + size] * mixture[mixtureAt + size];
      } else {
        spectrum.set(block.subarray(at, at + size));
        spectrum[1] = block[at + size];
      }
      istft.process(output[(i - channel) / CHANNELS][channel], frame * this.hop);
    }
  }

  /**
   * Forgets the signal so far: transforms, state and masks are as in a new engine.
   * @throws DannaError "input" while a process() is pending
   */
  reset(): void {
    if (this.#running) throw new DannaError("input", "Await the last process() before reset().");
    for (const part of [...this.#stft, ...this.#istft]) part.reset();
    this.#spectra.fill(0);
    this.#state = this.#session.createState();
    this.#faultyState = false;
    this.#lastMasksStale = false;
    equalShares(this.#lastMasks, this.#session.manifest.stems.length);
  }

  /** Frees the session and the transforms. A process() that is pending rejects. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#fft.dispose();
    await this.#session.dispose();
  }
}
