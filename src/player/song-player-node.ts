// The song player as a node of the mixer's graph. Page thread.
import { marginFrames } from "../live/latency.ts";
import { BlockFeeder } from "./block-feeder.ts";
import type { Loop } from "./loop.ts";
import { isLooping } from "./loop.ts";
import {
  busChannels,
  SONG_PLAYER,
  type SongPlayerCommand,
  type SongPlayerSettings,
  type SongPlayerReport,
  type SampleLoop,
} from "./protocol.ts";
import type { Song } from "./song.ts";

export interface Playing {
  /** `position` (seconds of the song) sounds at `time` (of the context). */
  onStart(position: number, time: number): void;
  onOver(): void;
}

/** Cross-fade between the separator's stems and those computed ahead, in seconds. */
const BLEND = 0.03;

export interface BusSettings {
  /** On the bus. */
  readonly stems: number;
  /** From the mixture to the bus, in seconds. */
  readonly latency: number;
  /** Whether they are the song's own, and nothing is separated. */
  readonly alone: boolean;
}

/** The most frames to the bus: what the separator adds when it adapts, and another one that may follow it. */
export const longestLatency = (frames: number, sampleRate: number): number =>
  frames + marginFrames("safe", { delay: 0, hop: 0, sampleRate }) + sampleRate;

/** A node that plays one song; `addModule` of the mixer's worklet must have been done. */
export class SongPlayerNode {
  readonly node: AudioWorkletNode;
  /** Told of every region that the player enters. */
  onregion: ((region: number) => void) | undefined;
  /** See `BlockFeeder`. */
  onlost: (() => void) | undefined;
  readonly #rate: number;
  readonly #length: number;
  readonly #feeder: BlockFeeder;
  readonly #heard = new Map<number, () => void>();
  #id = 0;
  #playing: Playing | undefined;

  constructor(context: BaseAudioContext, song: Song, { stems, latency, alone }: BusSettings) {
    this.#rate = context.sampleRate;
    this.#length = song.length;
    const frames = Math.round(latency * this.#rate);
    const options: SongPlayerSettings = {
      length: song.length,
      ...{ stems, latency: frames, longestLatency: longestLatency(frames, this.#rate) },
      // Where there is nothing to blend with, fades at starts and stops are enough.
      blendFrames: alone ? 1 : Math.ceil(BLEND * this.#rate),
    };
    this.node = new AudioWorkletNode(context, SONG_PLAYER, {
      numberOfInputs: 0,
      numberOfOutputs: 2,
      outputChannelCount: [2, busChannels(stems)],
      processorOptions: options,
    });
    this.#feeder = new BlockFeeder(song.blocks, (blocks) => this.#send({ do: "blocks", blocks }));
    this.#feeder.onlost = () => this.onlost?.();
    this.node.port.onmessage = ({ data }: MessageEvent<SongPlayerReport>) => this.#take(data);
  }

  /**
   * Plays from a position in seconds; the sample next to it. Resolves when the audio thread knows, so
   * that an offline context can be rendered from then on.
   * @param time of the context, in seconds, before which it does not begin
   */
  play(position: number, loop: Loop, playing: Playing, time = 0): Promise<void> {
    const id = ++this.#id;
    this.#playing = playing;
    const [sample, samples] = [this.#sample(position), this.#samples(loop)];
    this.#feeder.feed(sample, samples);
    const frame = Math.round(time * this.#rate);
    this.#send({ do: "play", id, position: sample, loop: samples, frame });
    return new Promise((resolve) => this.#heard.set(id, resolve));
  }

  /** Takes another loop on the way; `onStart` is told anew. */
  setLoop(loop: Loop): void {
    const samples = this.#samples(loop);
    this.#feeder.setLoop(samples);
    this.#send({ do: "loop", loop: samples });
  }

  /** Fades out; nothing more is told of what played. */
  stop(): void {
    this.#playing = undefined;
    this.#send({ do: "stop" });
  }

  /** Lets the bus follow the separator, in seconds, cross-faded. */
  setLatency(latency: number): void {
    this.#send({ do: "latency", latency: Math.round(latency * this.#rate) });
  }

  /** Lets the stems that are handed over replace the separator's, or fades back and drops them. */
  setBlending(on: boolean): void {
    this.#send({ do: "blend", on });
  }

  /** Hands over the packed stems of a region, or takes them back. */
  setRegion(region: number, stems: ArrayBuffer | undefined): void {
    this.#send({ do: "region", region, stems });
  }

  dispose(): void {
    this.#playing = this.onlost = undefined;
    this.#send({ do: "close" });
    this.node.disconnect();
    this.node.port.close();
    for (const resolve of this.#heard.values()) resolve();
    this.#heard.clear();
  }

  #sample(seconds: number): number {
    return Math.min(this.#length, Math.round(seconds * this.#rate));
  }

  #samples(loop: Loop): SampleLoop | undefined {
    if (!isLooping(loop)) return undefined;
    const [a, b] = [this.#sample(loop.a), this.#sample(loop.b)];
    return b > a ? { a, b } : undefined;
  }

  #take(report: SongPlayerReport): void {
    if (report.type === "region") {
      this.#feeder.follow(report.region);
      return this.onregion?.(report.region);
    }
    if (report.type === "heard") {
      this.#heard.get(report.id)?.();
      this.#heard.delete(report.id);
      return;
    }
    if (report.id !== this.#id) return;
    if (report.type === "ended") this.#playing?.onOver();
    else this.#playing?.onStart(report.position / this.#rate, report.frame / this.#rate);
  }

  #send(command: SongPlayerCommand): void {
    this.node.port.postMessage(command);
  }
}
