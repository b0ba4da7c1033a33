// Plays a decoded song with seamless A–B loop, key shift and tempo. Page thread.
import type { Planar } from "../dsp/planar-queue.ts";
import { DannaError } from "../errors.ts";
import { Emitter } from "../util/emitter.ts";
import type { Sounding } from "./beats.ts";
import { isLooping, NO_LOOP, type Loop } from "./loop.ts";
import type { StretchNode } from "./stretch.ts";
import { positionAfter, type PlaybackState } from "./playback-state.ts";
import { samplesOf, type Song } from "./song.ts";
import { StretchFeed } from "./stretch-feed.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import type { SongPlayerNode } from "./song-player-node.ts";
import { DirectVoice, StretchVoice, type Voice } from "./voices.ts";

/** What plays a song at another key or tempo. */
export interface Stretching {
  readonly getStretch: () => Promise<StretchNode>;
  /** What it plays, from one sample to another, in arrays of their own; by default the song. */
  readonly read?: (from: number, to: number) => Promise<Planar>;
  /** Where that goes; by default where the song goes. */
  readonly destination?: AudioNode;
}

/**
 * Transport of a decoded song. At the original key and tempo the samples pass bit for bit through
 * the song player; otherwise a stretcher plays them, which is asked for when it is first needed.
 */
export class BufferTransport extends Emitter<TransportEvents> implements Transport {
  readonly node: GainNode;
  readonly duration: number;
  // What is wanted; what sounds is in `#sounding`.
  #loop: Loop = NO_LOOP;
  #tempo = 1;
  #key = 0;
  readonly #context: BaseAudioContext;
  readonly #song: Song;
  readonly #player: SongPlayerNode;
  readonly #stretching: Stretching;
  #playing = false;
  readonly #life = new AbortController();
  /** Position while paused, and while playing one that is sought but does not sound yet. */
  #sought: number | undefined = 0;
  #voice: Voice | undefined;
  #sounding: PlaybackState = { position: 0, loop: NO_LOOP, tempo: 1, key: 0 };
  #feed: Promise<StretchFeed> | undefined;

  constructor(
    context: BaseAudioContext,
    song: Song,
    player: SongPlayerNode,
    stretching: Stretching,
  ) {
    super();
    this.#context = context;
    this.#song = song;
    this.#player = player;
    this.#stretching = stretching;
    this.duration = song.length / song.sampleRate;
    this.node = new GainNode(context);
    player.node.connect(this.node);
    player.onlost = () => this.#lose();
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

  /** Whether the song sounds at its own key and tempo. */
  get isOriginal(): boolean {
    return this.#key === 0 && this.#tempo === 1;
  }

  get position(): number {
    if (this.#sought !== undefined || !this.#voice) return this.#sought ?? 0;
    const seconds = Math.max(0, this.#context.currentTime - this.#voice.start);
    return Math.min(this.duration, positionAfter(this.#sounding, seconds));
  }

  /** What sounds since when, exactly; undefined while nothing does, and until that is known. */
  get sounding(): Sounding | undefined {
    if (!this.#playing || this.#sought !== undefined || !this.#voice) return undefined;
    return { ...this.#sounding, time: this.#voice.start };
  }

  async play(time?: number): Promise<void> {
    if (this.#playing) return;
    if (this.position >= this.duration) this.#sought = 0;
    this.#playing = true;
    await this.#sound(time);
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
    if (this.#voice instanceof DirectVoice && this.#sought === undefined) {
      this.#voice.setLoop(loop);
      this.emit("change", undefined);
    } else void this.#sound();
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
    this.#life.abort();
    this.#playing = false;
    this.#silence();
    this.clear();
    this.#player.dispose();
    this.node.disconnect();
    const feed = await this.#feed?.catch(() => undefined);
    await feed?.dispose();
    this.#song.free();
  }

  /** Makes what sounds into what is wanted; what begins to sound begins at `time` of the context. */
  async #sound(time?: number): Promise<void> {
    if (this.#playing) {
      if (this.isOriginal) await this.#soundDirect(time);
      else await this.#soundStretched(time);
    }
    this.emit("change", undefined);
  }

  #wanted(): PlaybackState {
    const { position } = this;
    return { position, loop: this.#loop, tempo: this.#tempo, key: this.#key };
  }

  #soundDirect(time?: number): Promise<void> {
    const score = this.#wanted();
    if (!(this.#voice instanceof DirectVoice)) this.#silence();
    this.#sought = score.position;
    const voice: DirectVoice = new DirectVoice(
      this.#player,
      score,
      time,
      (sounding) => this.#voice === voice && this.#sounds(sounding),
      () => this.#over(voice),
    );
    this.#voice = voice;
    return voice.ready;
  }

  async #soundStretched(time?: number): Promise<void> {
    let feed: StretchFeed;
    try {
      feed = await (this.#feed ??= this.#openFeed());
    } catch (error) {
      this.#fall(error as Error);
      return;
    }
    try {
      // Meanwhile others may have paused, turned everything back, or sought something else.
      while (this.#playing && !this.isOriginal && !feed.has(this.#wanted())) {
        await feed.prepare(this.#wanted());
      }
    } catch {
      return this.#lose();
    }
    if (!this.#playing || this.isOriginal) return;
    const score = this.#wanted();
    if (this.#voice instanceof StretchVoice) this.#voice.change(score);
    else {
      this.#silence();
      const isSounding = () => this.#voice === voice;
      const voice: StretchVoice = new StretchVoice(
        {
          destination: this.#stretching.destination ?? this.node,
          feed,
          duration: this.duration,
          onChange: (score) => isSounding() && this.#sounds(score),
          onOver: () => this.#over(voice),
          onLost: () => isSounding() && this.#lose(),
        },
        score,
        time,
      );
      this.#voice = voice;
    }
    this.#sounds(score);
  }

  #sounds(score: PlaybackState): void {
    this.#sounding = score;
    this.#sought = undefined;
    this.emit("sounding", undefined);
  }

  async #openFeed(): Promise<StretchFeed> {
    const { getStretch, read } = this.#stretching;
    const stretch = await getStretch();
    // The next song may have asked for it already: its samples come last.
    this.#life.signal.throwIfAborted();
    const song = this.#song;
    const { length, sampleRate } = song;
    return new StretchFeed(stretch, {
      ...{ length, sampleRate },
      read: read ?? ((from, to) => samplesOf(song, from, to)),
    });
  }

  /** Samples that lay in a file cannot be read any more. */
  #lose(): void {
    if (!this.#playing) return;
    this.#rest(this.position);
    const message = "The song's samples on disk are gone: open it again.";
    this.emit("error", new DannaError("input", message));
  }

  /** The stretcher cannot be had: plays on unstretched, and says so. */
  #fall(error: Error): void {
    this.#feed = undefined;
    this.#tempo = 1;
    this.#key = 0;
    if (this.#playing && !this.#voice) void this.#soundDirect();
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
