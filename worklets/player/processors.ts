// The mixer's own processors: limiter, recorder, song player, blend. Audio thread.
import { PackedRegion } from "../../src/dsp/packed-region.ts";
import { Limiter } from "./limiter.ts";
import {
  LIMITER,
  LIMITER_REPORT_SECONDS,
  RECORDER,
  RECORDER_BLOCK,
  SONG_PLAYER,
  STEM_BLEND,
  type LimiterReport,
  type PlayerCommand,
  type PlayerOptions,
  type PlayerReport,
  type RecorderBlock,
  type RecorderCommand,
} from "../../src/player/protocol.ts";
import { SongPlayer } from "./song-player.ts";
import { blendStems } from "./stem-blend.ts";

// The globals of an AudioWorkletGlobalScope, which TypeScript's DOM library leaves out.
declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: never }) => AudioWorkletProcessor,
): void;

/** One input, one output, stereo. Posts its lowest gain while it works, and once when it rests. */
class LimiterProcessor extends AudioWorkletProcessor {
  readonly #limiter = new Limiter(sampleRate);
  #lowest = 1;
  #reported = 1;
  #since = 0;
  #open = true;

  constructor() {
    super();
    this.port.onmessage = () => (this.#open = false);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [input] = inputs;
    const [output] = outputs;
    if (input.length > 0)
      this.#lowest = Math.min(this.#lowest, this.#limiter.process(input, output));
    this.#since += output[0].length;
    if (this.#since >= LIMITER_REPORT_SECONDS * sampleRate) {
      if (this.#lowest < 1 || this.#reported < 1) {
        this.port.postMessage({ gain: this.#lowest } satisfies LimiterReport);
        this.#reported = this.#lowest;
      }
      this.#lowest = 1;
      this.#since = 0;
    }
    return this.#open;
  }
}

/**
 * Any number of stereo inputs, one silent output that keeps it running. From "start" to "stop" it
 * posts blocks of `RECORDER_BLOCK` frames, all inputs at the same positions; the last is shorter.
 * Blocks come back to be used again, so that recording allocates only while the page lags behind.
 */
class RecorderProcessor extends AudioWorkletProcessor {
  #recording = false;
  #open = true;
  #block: Float32Array<ArrayBuffer> | undefined;
  #filled = 0;
  readonly #spare: Float32Array<ArrayBuffer>[] = [];

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<RecorderCommand>) => {
      if (data.do === "start") this.#recording = true;
      else if (data.do === "return") this.#spare.push(data.samples);
      else {
        this.#flush(true);
        this.#recording = false;
        this.#open = data.do !== "close";
      }
    };
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    if (!this.#recording) return this.#open;
    const length = outputs[0][0].length;
    const size = inputs.length * 2 * RECORDER_BLOCK;
    this.#block ??= this.#spare.pop() ?? new Float32Array(size);
    for (let i = 0; i < inputs.length; i++) {
      for (let c = 0; c < 2; c++) {
        const at = (i * 2 + c) * RECORDER_BLOCK + this.#filled;
        const channel = inputs[i][c] ?? inputs[i][0];
        if (channel) this.#block.set(channel, at);
        else this.#block.fill(0, at, at + length);
      }
    }
    this.#filled += length;
    if (this.#filled >= RECORDER_BLOCK) this.#flush(false);
    return true;
  }

  #flush(last: boolean): void {
    const samples = this.#block ?? new Float32Array(0);
    const message: RecorderBlock = { samples, frames: this.#filled, last };
    this.port.postMessage(message, [samples.buffer]);
    this.#block = undefined;
    this.#filled = 0;
  }
}

/** No input; the mixture at the first output, the bus of stems computed ahead at the second. */
class SongPlayerProcessor extends AudioWorkletProcessor {
  readonly #player: SongPlayer;
  #id = 0;
  #open = true;

  constructor({ processorOptions }: { processorOptions: PlayerOptions }) {
    super();
    this.#player = new SongPlayer({ ...processorOptions, sampleRate });
    this.#player.onstart = (position, offset) =>
      this.#tell({ type: "started", id: this.#id, position, frame: currentFrame + offset });
    this.#player.onend = () => this.#tell({ type: "ended", id: this.#id });
    this.#player.onregion = (region) => this.#tell({ type: "region", region });
    this.port.onmessage = ({ data }: MessageEvent<PlayerCommand>) => this.#obey(data);
  }

  #obey(command: PlayerCommand): void {
    switch (command.do) {
      case "play":
        this.#id = command.id;
        this.#player.play(command.position, command.loop);
        return this.#tell({ type: "heard", id: command.id });
      case "loop":
        return this.#player.setLoop(command.loop);
      case "latency":
        return this.#player.setLatency(command.latency);
      case "blend":
        this.#player.blend = command.on;
        return;
      case "region":
        return this.#player.setRegion(
          command.region,
          command.stems && new PackedRegion(command.stems),
        );
      case "stop":
        return this.#player.stop();
      case "close":
        this.#open = false;
    }
  }

  #tell(report: PlayerReport): void {
    this.port.postMessage(report);
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.#player.process(outputs[0], outputs[1]);
    return this.#open;
  }
}

/** Four stems and the player's bus in; what is to be added to each stem out. */
class StemBlendProcessor extends AudioWorkletProcessor {
  #open = true;

  constructor() {
    super();
    this.port.onmessage = () => (this.#open = false);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    blendStems(inputs, inputs[outputs.length], outputs);
    return this.#open;
  }
}

registerProcessor(LIMITER, LimiterProcessor);
registerProcessor(RECORDER, RecorderProcessor);
registerProcessor(SONG_PLAYER, SongPlayerProcessor);
registerProcessor(STEM_BLEND, StemBlendProcessor);
