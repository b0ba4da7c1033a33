// The two ways a BufferTransport sounds: as it is, or stretched. Page thread.
import { isLooping, NO_LOOP, type Loop } from "./loop.ts";
import type { Playing, SongPlayerNode } from "./song-player-node.ts";
import type { StretchNode } from "./stretch.ts";

/** Fade at every start and stop, in seconds. */
const FADE = 0.008;
/** How far ahead of time a stretch is scheduled, in seconds: messages must arrive before. */
const AHEAD = 0.03;

/** What is to sound. Times in seconds of the recording, `key` in semitones. */
export interface PlaybackState {
  readonly position: number;
  readonly loop: Loop;
  readonly tempo: number;
  readonly key: number;
}

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

/** The loop that a score will run into; one that lies behind it does not count. */
const loopAhead = ({ loop, position }: PlaybackState) =>
  isLooping(loop) && position < loop.b ? loop : undefined;

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

/** Plays through the stretcher, which holds the song. Only one at a time can use it. */
export class StretchVoice implements Voice {
  start = 0;
  readonly #stretch: StretchNode;
  readonly #envelope: GainNode;
  readonly #onOver: () => void;
  readonly #duration: number;
  #clock: ConstantSourceNode | undefined;

  constructor(
    destination: AudioNode,
    stretch: StretchNode,
    duration: number,
    score: PlaybackState,
    time: number | undefined,
    onOver: () => void,
  ) {
    this.#stretch = stretch;
    this.#duration = duration;
    this.#onOver = onOver;
    const soon = destination.context.currentTime + AHEAD;
    const start = Math.max(soon, time ?? 0);
    this.#envelope = fadeIn(destination.context, start);
    stretch.connect(this.#envelope).connect(destination);
    this.change(score, start);
  }

  /** Plays another score from now on, or from `start`; the stretcher joins the two smoothly. */
  change(score: PlaybackState, start = this.#envelope.context.currentTime + AHEAD): void {
    const { context } = this.#envelope;
    this.start = start;
    const loop = loopAhead(score);
    void this.#stretch.schedule({
      active: true,
      output: this.start,
      outputTime: this.start,
      input: score.position,
      rate: score.tempo,
      semitones: score.key,
      loopStart: loop?.a ?? 0,
      loopEnd: loop?.b ?? 0,
    });
    this.#stopClock();
    if (loop) return;
    // A silent source tells when the song is over: timers drift, and sleep in hidden tabs.
    const clock = new ConstantSourceNode(context, { offset: 0 });
    clock.connect(this.#envelope);
    clock.onended = () => {
      if (this.#clock !== clock) return;
      this.#free();
      this.#onOver();
    };
    clock.start();
    clock.stop(this.start + (this.#duration - score.position) / score.tempo);
    this.#clock = clock;
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
    this.#stretch.disconnect(this.#envelope);
    this.#envelope.disconnect();
  }
}
