// The two ways a BufferTransport sounds: as it is, or stretched. Page thread.
import { NO_LOOP, type Loop } from "./loop.ts";
import { loopAhead, positionAfter, type PlaybackState } from "./playback-state.ts";
import type { Playing, SongPlayerNode } from "./song-player-node.ts";
import type { StretchFeed } from "./stretch-feed.ts";

/** Fade at every start and stop, in seconds. */
const FADE = 0.008;
/** How far ahead of time a stretch is scheduled, in seconds: messages must arrive before. */
const AHEAD = 0.03;

/** Something that sounds from its making until it is stopped or over; then it frees itself. */
export interface Voice {
  /** Context time at which `score.position` sounds. */
  readonly start: number;
  /** Fades out and ends, without `onOver`. */
  stop(): void;
}

const fadeIn = (context: BaseAudioContext, start: number): GainNode => {
  const envelope = new GainNode(context, { gain: 0 });
  envelope.gain.setValueAtTime(0, start);
  envelope.gain.linearRampToValueAtTime(1, start + FADE);
  return envelope;
};

/** Fades `envelope` out and returns when it is silent. */
const fadeOut = (envelope: GainNode): number => {
  const now = envelope.context.currentTime;
  envelope.gain.cancelScheduledValues(now);
  envelope.gain.setTargetAtTime(0, now, FADE / 3);
  return now + 2 * FADE;
};

/** Plays the samples bit for bit: a score at the original key and tempo. */
export class DirectVoice implements Voice {
  start = 0;
  /** Resolves when the audio thread knows what to play. */
  readonly ready: Promise<void>;
  readonly #player: SongPlayerNode;
  #score: PlaybackState;

  /** `onStart` is told what sounds from `start` on, also after `setLoop`. It begins at `time` of the context. */
  constructor(
    player: SongPlayerNode,
    score: PlaybackState,
    time: number | undefined,
    onStart: (score: PlaybackState) => void,
    onOver: () => void,
  ) {
    this.#player = player;
    this.#score = score;
    const playing: Playing = {
      onStart: (position, time) => {
        this.start = time;
        onStart({ ...this.#score, position });
      },
      onOver,
    };
    this.ready = player.play(score.position, loopAhead(score) ?? NO_LOOP, playing, time);
  }

  setLoop(loop: Loop): void {
    this.#score = { ...this.#score, loop };
    this.#player.setLoop(loop);
  }

  stop(): void {
    this.#player.stop();
  }
}

/** Seconds before a window of the stretcher ends at which the next is fetched. */
const REFILL = 5;

export interface StretchVoiceHost {
  readonly destination: AudioNode;
  readonly feed: StretchFeed;
  /** Of the song. */
  readonly duration: number;
  /** The score goes on from `start` as this one. */
  onChange(score: PlaybackState): void;
  onOver(): void;
  /** What is to sound next cannot be read. */
  onLost(): void;
}

/** Plays through the stretcher. Only one at a time can use it. */
export class StretchVoice implements Voice {
  start = 0;
  readonly #host: StretchVoiceHost;
  readonly #envelope: GainNode;
  #clock: ConstantSourceNode | undefined;

  /** @param score which the feed must have */
  constructor(host: StretchVoiceHost, score: PlaybackState, time: number | undefined) {
    this.#host = host;
    const { destination, feed } = host;
    const soon = destination.context.currentTime + AHEAD;
    const start = Math.max(soon, time ?? 0);
    this.#envelope = fadeIn(destination.context, start);
    feed.node.connect(this.#envelope).connect(destination);
    this.#sound(score, start);
  }

  /** Plays another score, which the feed must have, from now on; the stretcher joins the two smoothly. */
  change(score: PlaybackState): void {
    const { currentTime } = this.#envelope.context;
    this.#sound(score, this.#host.feed.isHeld(score) ? currentTime + AHEAD : currentTime);
  }

  #sound(score: PlaybackState, start: number): void {
    const { feed, duration, onOver } = this.#host;
    const { position, tempo } = score;
    this.start = start;
    const more = feed.schedule(score, start);
    this.#stopClock();
    if (more !== undefined) {
      this.#at(start + more / tempo - REFILL, () => void this.#goOn(score, start));
    } else if (!loopAhead(score)) {
      this.#at(start + (duration - position) / tempo, () => {
        this.#free();
        onOver();
      });
    }
  }

  /** A silent source tells the time: timers drift, and sleep in hidden tabs. */
  #at(time: number, act: () => void): void {
    const clock = new ConstantSourceNode(this.#envelope.context, { offset: 0 });
    clock.connect(this.#envelope);
    clock.onended = () => this.#clock === clock && act();
    clock.start();
    clock.stop(Math.max(0, time));
    this.#clock = clock;
  }

  /** Gets what comes next, which sounds in the place of what is there now. */
  async #goOn(score: PlaybackState, start: number): Promise<void> {
    const clock = this.#clock;
    const { feed, onChange, onLost } = this.#host;
    const time = Math.max(start, this.#envelope.context.currentTime);
    const now = { ...score, position: positionAfter(score, time - start) };
    try {
      await feed.prepare(now);
    } catch {
      if (this.#clock === clock) onLost();
      return;
    }
    if (this.#clock !== clock) return;
    this.#sound(now, time);
    onChange(now);
  }

  stop(): void {
    const { context } = this.#envelope;
    this.#stopClock();
    const end = fadeOut(this.#envelope);
    const fading = new ConstantSourceNode(context, { offset: 0 });
    fading.connect(this.#envelope);
    fading.onended = () => this.#free();
    fading.start();
    fading.stop(end);
  }

  #stopClock(): void {
    const clock = this.#clock;
    this.#clock = undefined;
    clock?.stop();
    clock?.disconnect();
  }

  #free(): void {
    this.#host.feed.node.disconnect(this.#envelope);
    this.#envelope.disconnect();
  }
}
