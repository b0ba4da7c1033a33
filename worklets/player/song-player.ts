// What plays a song on the audio thread: the mixture, and behind it, later by the separator's latency,
// the stems that were computed ahead. Pure: no Web Audio, no messages. `process` allocates nothing.
//
// One head runs through the samples, so that stems belong to the mixture's samples whatever is
// sought or looped. It moves only in silence: a jump fades out, moves, and fades in.
import { readKept, type KeptBlock } from "../../src/dsp/kept-block.ts";
import type { PackedRegion } from "../../src/dsp/packed-region.ts";
import {
  busChannels,
  QUANTUM,
  REGION,
  type SongPlayerSettings,
  type SampleLoop,
} from "../../src/player/protocol.ts";
import { BusDelay } from "./bus-delay.ts";

/** Fade at every start and stop, in seconds. */
const FADE_SECONDS = 0.008;

/** A loop that the head will run into; one that lies behind it does not count. */
const loopAhead = (loop: SampleLoop | undefined, position: number) =>
  loop && position < loop.b ? loop : undefined;

export type SongPlayerOptions = SongPlayerSettings & { readonly sampleRate: number };

export class SongPlayer {
  /** Told when the head begins to sound at a position, at which of the quantum's frames. */
  onstart: ((position: number, offset: number) => void) | undefined;
  onend: (() => void) | undefined;
  /** Told of the region that the head enters. */
  onregion: ((region: number) => void) | undefined;
  /** Whether stems replace the separator's. What was handed over is forgotten once they are faded out. */
  blend = false;

  readonly #blocks = new Map<number, KeptBlock>();
  /** Index of the bus's last channel. */
  readonly #weights: number;
  readonly #length: number;
  readonly #fadeStep: number;
  readonly #blendFrames: number;
  readonly #regions = new Map<number, PackedRegion>();
  /** From the mixture to the bus. */
  readonly #delay: BusDelay;
  readonly #bus: Float32Array[];

  #playing = false;
  /** For samples that are not there. */
  #waiting = false;
  #head = 0;
  #loop: SampleLoop | undefined;
  #gain = 0;
  #weight = 0;
  /** Where to go on once it is silent. */
  #jump: { position: number; loop: SampleLoop | undefined } | undefined;
  #stopping = false;
  #region = -1;
  #announce = false;
  /** Frames of silence before it begins. */
  #lead = 0;

  constructor({
    sampleRate,
    length,
    stems,
    latency,
    longestLatency,
    blendFrames,
  }: SongPlayerOptions) {
    this.#length = length;
    this.#fadeStep = 1 / (FADE_SECONDS * sampleRate);
    this.#blendFrames = blendFrames;
    const channels = busChannels(stems);
    this.#weights = channels - 1;
    this.#delay = new BusDelay({ sampleRate, channels, latency, longestLatency });
    this.#bus = Array.from({ length: channels }, () => new Float32Array(QUANTUM));
  }

  /**
   * Plays on from a sample, from rest after `lead` frames of silence. The song's very beginning needs no fade: it keeps
   * its first attack.
   */
  play(position: number, loop: SampleLoop | undefined, lead = 0): void {
    this.#stopping = false;
    this.#lead = this.#playing ? 0 : lead;
    if (this.#playing && this.#gain > 0) this.#jump = { position, loop };
    else this.#begin(position, loop);
  }

  /** Takes another loop, without a fade: the head goes on where it is. */
  setLoop(loop: SampleLoop | undefined): void {
    if (this.#jump) this.#jump = { ...this.#jump, loop };
    else {
      this.#loop = loopAhead(loop, this.#head);
      this.#announce = true;
    }
  }

  /** Fades out and rests. */
  stop(): void {
    this.#stopping = true;
    this.#jump = undefined;
    if (this.#lead > 0) this.#playing = false;
  }

  /** Lets the bus come later by so many frames; it is cross-faded as the separator's stems are. */
  setLatency(latency: number): void {
    this.#delay.setLatency(latency);
  }

  /** Samples of a region, or nothing any more. The head waits in silence for what is not there. */
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
   * @param mixture left and right
   * @param bus `busChannels` of them, later by the latency; they may be left as they are (silent)
   */
  process(mixture: readonly Float32Array[], bus: readonly Float32Array[]): void {
    const frames = mixture[0].length;
    for (let at = 0; at < frames;) {
      this.#waiting = false;
      const lead = Math.min(this.#playing ? this.#lead : 0, frames - at);
      if (lead > 0) {
        this.#rest(mixture, at, lead);
        this.#lead -= lead;
        at += lead;
        continue;
      }
      const done = this.#playing ? this.#run(mixture, at, frames - at) : 0;
      if (done === 0 && (this.#waiting || !this.#playing)) {
        this.#rest(mixture, at, frames - at);
        break;
      }
      at += done;
    }
    if (!this.blend && this.#weight === 0) this.#regions.clear();
    this.#delay.write(this.#bus, frames);
    this.#delay.read(bus, frames);
  }

  #begin(position: number, loop: SampleLoop | undefined): void {
    this.#playing = true;
    this.#jump = undefined;
    this.#head = Math.min(position, this.#length);
    this.#loop = loopAhead(loop, position);
    this.#gain = position === 0 ? 1 : 0;
    this.#region = -1;
    this.#announce = true;
  }

  /** Plays at most `most` frames: as many as one region, one fade and one way of blending hold. */
  #run(mixture: readonly Float32Array[], at: number, most: number): number {
    const end = Math.min(this.#loop?.b ?? this.#length, this.#length);
    if (this.#head >= end) return this.#turn();
    const region = Math.floor(this.#head / REGION);
    const packed = this.#regions.get(region);
    // Where there is nothing to blend with, the head waits for stems as it does for samples.
    const block = packed || this.#blendFrames > 1 ? this.#blocks.get(region) : undefined;
    if (this.#announce && block) {
      this.#announce = false;
      this.onstart?.(this.#head, at);
    }
    if (region !== this.#region) {
      this.#region = region;
      this.onregion?.(region);
    }
    if (!block) return this.#wait();
    const last = Math.min(end, (region + 1) * REGION);
    let frames = Math.min(most, last - this.#head);
    // A region whose next one is missing fades back before it ends.
    const left = last - this.#head;
    const goesOn = left < end - this.#head ? this.#regions.has(region + 1) : this.#landsReady();
    let blend = this.blend && packed !== undefined;
    if (blend && !goesOn) {
      if (left <= this.#blendFrames) blend = false;
      else frames = Math.min(frames, left - this.#blendFrames);
    }
    const fading = this.#stopping || this.#jump !== undefined;
    if (fading) frames = Math.min(frames, Math.max(1, Math.ceil(this.#gain / this.#fadeStep)));
    this.#copy(mixture, at, frames, block, packed);
    this.#weigh(at, frames, blend);
    this.#fade(mixture, at, frames, fading ? 0 : 1);
    this.#head += frames;
    if (fading && this.#gain === 0) {
      if (this.#jump) this.#begin(this.#jump.position, this.#jump.loop);
      else this.#playing = false;
    }
    return frames;
  }

  /** What is to sound is not there yet. It fades in when it is. */
  #wait(): number {
    this.#waiting = true;
    this.#gain = 0;
    this.#announce = true;
    if (this.#jump) this.#begin(this.#jump.position, this.#jump.loop);
    else if (this.#stopping) this.#playing = false;
    return 0;
  }

  /** Whether what comes after the loop's or the song's end is ready; nothing comes after the song. */
  #landsReady(): boolean {
    return !this.#loop || this.#regions.has(Math.floor(this.#loop.a / REGION));
  }

  /** At the end of the loop or of the song. */
  #turn(): number {
    if (this.#loop) this.#head = this.#loop.a;
    else if (this.#jump) this.#begin(this.#jump.position, this.#jump.loop);
    else {
      this.#playing = false;
      if (!this.#stopping) this.onend?.();
    }
    return 0;
  }

  #copy(
    mixture: readonly Float32Array[],
    at: number,
    frames: number,
    block: KeptBlock,
    packed: PackedRegion | undefined,
  ): void {
    const from = this.#head - this.#region * REGION;
    for (let c = 0; c < mixture.length; c++) readKept(block[c], from, frames, mixture[c], at);
    if (packed) packed.read(from, frames, mixture, at, this.#bus, at);
    else for (let c = 0; c < this.#weights; c++) this.#bus[c].fill(0, at, at + frames);
  }

  #weigh(at: number, frames: number, blend: boolean): void {
    const weights = this.#bus[this.#weights];
    const step = (blend ? 1 : -1) / this.#blendFrames;
    for (let i = at; i < at + frames; i++) {
      this.#weight = Math.min(1, Math.max(0, this.#weight + step));
      weights[i] = this.#weight;
    }
  }

  #fade(mixture: readonly Float32Array[], at: number, frames: number, target: number): void {
    if (this.#gain === target && target === 1) return;
    const step = target === 1 ? this.#fadeStep : -this.#fadeStep;
    for (let i = at; i < at + frames; i++) {
      this.#gain = Math.min(1, Math.max(0, this.#gain + step));
      for (const channel of mixture) channel[i] *= this.#gain;
      for (let c = 0; c < this.#weights; c++) this.#bus[c][i] *= this.#gain;
    }
  }

  #rest(mixture: readonly Float32Array[], at: number, frames: number): void {
    for (const channel of mixture) channel.fill(0, at, at + frames);
    for (let c = 0; c < this.#weights; c++) this.#bus[c].fill(0, at, at + frames);
    this.#weigh(at, frames, false);
  }
}
