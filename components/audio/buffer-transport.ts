// Plays a decoded song with seamless A–B loop, key shift and tempo. Page thread.
import { Emitter } from "../../src/events.ts";
import { isLooping, NO_LOOP, type Loop } from "../core/loop.ts";
import type { StretchNode } from "./stretch.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import { DirectVoice, StretchVoice, type Score, type Voice } from "./voices.ts";

/**
 * Transport of an AudioBuffer. At the original key and tempo the samples pass bit for bit through
 * an AudioBufferSourceNode; otherwise a stretcher plays them, which is asked for and given the
 * song when it is first needed.
 */
export class BufferTransport extends Emitter<TransportEvents> implements Transport {
  readonly node: GainNode;
  readonly duration: number;
  // What is wanted; what sounds is in `#sounding`.
  #loop: Loop = NO_LOOP;
  #tempo = 1;
  #key = 0;
  readonly #context: BaseAudioContext;
  readonly #buffer: AudioBuffer;
  readonly #getStretch: () => Promise<StretchNode>;
  #playing = false;
  /** Position while paused, and while playing one that is sought but does not sound yet. */
  #sought: number | undefined = 0;
  #voice: Voice | undefined;
  #sounding: Score = { position: 0, loop: NO_LOOP, tempo: 1, key: 0 };
  #stretch: Promise<StretchNode> | undefined;

  constructor(
    context: BaseAudioContext,
    buffer: AudioBuffer,
    getStretch: () => Promise<StretchNode>,
  ) {
    super();
    this.#context = context;
    this.#buffer = buffer;
    this.#getStretch = getStretch;
    this.duration = buffer.duration;
    this.node = new GainNode(context);
  }

  get paused(): boolean {
    return !this.#playing;
  }

  get loop(): Loop {
    return this.#loop;
  }

  get tempo(): number {
    return this.#tempo;
  }

  get position(): number {
    if (this.#sought !== undefined || !this.#voice) return this.#sought ?? 0;
    const { position, tempo, loop } = this.#sounding;
    const now = position + Math.max(0, this.#context.currentTime - this.#voice.start) * tempo;
    if (isLooping(loop) && position < loop.b && now >= loop.b) {
      return loop.a + ((now - loop.a) % (loop.b - loop.a));
    }
    return Math.min(this.duration, now);
  }

  async play(): Promise<void> {
    if (this.#playing) return;
    if (this.position >= this.duration) this.#sought = 0;
    this.#playing = true;
    await this.#sound();
  }

  pause(): void {
    if (!this.#playing) return;
    this.#rest(this.position);
  }

  seek(position: number): void {
    this.#sought = Math.min(Math.max(0, position), this.duration);
    void this.#sound();
  }

  setLoop(loop: Loop): void {
    // Whoever sets B while listening means now, and what is fed is ahead of what is heard.
    if (this.#playing && isLooping(loop) && this.position >= loop.b) this.#sought = loop.a;
    this.#loop = loop;
    void this.#sound();
  }

  setTempo(tempo: number): Promise<void> {
    this.#tempo = tempo;
    return this.#sound();
  }

  setKey(semitones: number): Promise<void> {
    this.#key = semitones;
    return this.#sound();
  }

  async dispose(): Promise<void> {
    this.#playing = false;
    this.#silence();
    this.clear();
    this.node.disconnect();
    const stretch = await this.#stretch?.catch(() => undefined);
    await stretch?.dropBuffers();
  }

  /** Makes what sounds into what is wanted. */
  async #sound(): Promise<void> {
    if (this.#playing) {
      if (this.#key === 0 && this.#tempo === 1) this.#soundDirect();
      else await this.#soundStretched();
    }
    this.emit("change", undefined);
  }

  #wanted(): Score {
    const { position } = this;
    return { position, loop: this.#loop, tempo: this.#tempo, key: this.#key };
  }

  #soundDirect(): void {
    const score = this.#wanted();
    this.#silence();
    const voice = new DirectVoice(this.node, this.#buffer, score, () => this.#over(voice));
    this.#voice = voice;
    this.#sounds(score);
  }

  async #soundStretched(): Promise<void> {
    let stretch: StretchNode;
    try {
      stretch = await (this.#stretch ??= this.#loadStretch());
    } catch (error) {
      this.#fall(error as Error);
      return;
    }
    // While the stretcher was fetched, others may have paused or turned everything back.
    if (!this.#playing || (this.#key === 0 && this.#tempo === 1)) return;
    const score = this.#wanted();
    if (this.#voice instanceof StretchVoice) this.#voice.change(score);
    else {
      this.#silence();
      const voice: StretchVoice = new StretchVoice(this.node, stretch, this.duration, score, () =>
        this.#over(voice),
      );
      this.#voice = voice;
    }
    this.#sounds(score);
  }

  #sounds(score: Score): void {
    this.#sounding = score;
    this.#sought = undefined;
  }

  async #loadStretch(): Promise<StretchNode> {
    const stretch = await this.#getStretch();
    await stretch.dropBuffers();
    const channels = Array.from({ length: this.#buffer.numberOfChannels }, (_, c) =>
      this.#buffer.getChannelData(c),
    );
    await stretch.addBuffers(channels);
    return stretch;
  }

  /** The stretcher cannot be had: plays on unstretched, and says so. */
  #fall(error: Error): void {
    this.#stretch = undefined;
    this.#tempo = 1;
    this.#key = 0;
    if (this.#playing && !this.#voice) this.#soundDirect();
    this.emit("error", error);
  }

  #silence(): void {
    this.#voice?.stop();
    this.#voice = undefined;
  }

  #rest(position: number): void {
    this.#playing = false;
    this.#sought = position;
    this.#silence();
    this.emit("change", undefined);
  }

  #over(voice: Voice): void {
    if (this.#voice !== voice) return;
    this.#voice = undefined;
    this.#rest(this.duration);
    this.emit("ended", undefined);
  }
}
