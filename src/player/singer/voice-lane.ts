// The singer's voice on its way: level, echo, reverb, and what is heard of it. Page thread.
import { roomImpulse } from "../../dsp/reverb.ts";
import { glide } from "../../util/audio-node.ts";
import { toGain } from "../decibels.ts";

/** Seconds between a sound and its echo, and how much of that comes again. */
const ECHO_TIME = 0.28;
const ECHO_AGAIN = 0.4;
/** Of what is heard of it, nothing gets louder than this, in dB: feedback neither. */
const LOUDEST = -9;

export class VoiceLane {
  /** The microphone connects here. */
  readonly input: GainNode;
  /** The voice with everything; not heard by itself. */
  readonly output: GainNode;
  readonly #context: BaseAudioContext;
  readonly #echo: GainNode;
  readonly #again: GainNode;
  readonly #reverb: GainNode;
  readonly #monitor: GainNode;
  readonly #nodes: readonly AudioNode[];

  /** `destination`: where it is heard while monitoring is on. */
  constructor(context: BaseAudioContext, destination: AudioNode) {
    this.#context = context;
    const silent = () => new GainNode(context, { gain: 0 });
    this.input = new GainNode(context);
    this.output = new GainNode(context);
    [this.#echo, this.#reverb, this.#monitor] = [silent(), silent(), silent()];
    this.#again = new GainNode(context, { gain: ECHO_AGAIN });
    const delay = new DelayNode(context, { delayTime: ECHO_TIME });
    const [left, right] = roomImpulse(context.sampleRate);
    const { sampleRate } = context;
    const buffer = new AudioBuffer({ numberOfChannels: 2, length: left.length, sampleRate });
    [left, right].forEach((side, c) => buffer.getChannelData(c).set(side));
    const room = new ConvolverNode(context, { buffer, disableNormalization: true });
    this.input.connect(this.output);
    this.input.connect(this.#echo).connect(delay).connect(this.output);
    delay.connect(this.#again).connect(delay);
    this.input.connect(this.#reverb).connect(room).connect(this.output);
    const limiter = new DynamicsCompressorNode(context, {
      ...{ threshold: LOUDEST, knee: 0, ratio: 20, attack: 0.003, release: 0.1 },
    });
    this.output.connect(this.#monitor).connect(limiter).connect(destination);
    const effects = [this.#echo, delay, this.#again, this.#reverb, room];
    this.#nodes = [this.input, ...effects, this.output, this.#monitor, limiter];
  }

  /** In dB. */
  setLevel(decibels: number): void {
    this.#glide(this.input, toGain(decibels));
  }

  /** 0 to 1. */
  setEcho(share: number): void {
    this.#glide(this.#echo, share * 0.8);
  }

  /** 0 to 1. */
  setReverb(share: number): void {
    this.#glide(this.#reverb, share * 0.8);
  }

  /** Whether the singer hears it. */
  setMonitoring(on: boolean): void {
    this.#glide(this.#monitor, on ? 1 : 0);
  }

  #glide({ gain }: GainNode, value: number): void {
    glide(gain, value, this.#context.currentTime);
  }

  dispose(): void {
    for (const node of this.#nodes) node.disconnect();
  }
}
