// The element follower as a node of the mixer's graph. Page thread.
import type { StemsPlayer } from "../ahead/song-stems.ts";
import { BlockFeeder } from "../block-feeder.ts";
import {
  busChannels,
  ELEMENT_FOLLOWER,
  type Captured,
  type ElementFollowerCommand,
  type ElementFollowerReport,
  type ElementFollowerSettings,
} from "../protocol.ts";
import type { Song } from "../song.ts";
import { longestLatency } from "../song-player-node.ts";
import { detach } from "../../util/audio-node.ts";

export interface FollowerOptions {
  /** The element's sound. */
  readonly input: AudioNode;
  /** What its file holds. */
  readonly song: Song;
  /** On the bus. */
  readonly stems: number;
  /** From the sound to the bus, in seconds. */
  readonly latency: number;
}

/** Frames that are captured at a time. */
const CAPTURED = 8192;

/** Gives the stems computed ahead of what an element plays; the path's `openFollower` must have been done. */
export class ElementFollowerNode implements StemsPlayer {
  readonly node: AudioWorkletNode;
  readonly stems: number;
  onregion: ((region: number) => void) | undefined;
  /** Told what was captured, and the frame at which it begins. */
  oncaptured: ((samples: Captured, from: number) => void) | undefined;
  /** Told whether the sound is the song's where `align` has it. */
  onaligned: ((aligned: boolean) => void) | undefined;
  readonly #input: AudioNode;
  readonly #rate: number;
  readonly #feeder: BlockFeeder;
  #spare: Captured | undefined;

  constructor({ input, song, stems, latency }: FollowerOptions) {
    const { sampleRate } = song;
    const frames = Math.round(latency * sampleRate);
    const processorOptions: ElementFollowerSettings = {
      ...{ length: song.length, stems, latency: frames },
      longestLatency: longestLatency(frames, sampleRate),
    };
    this.stems = stems;
    this.#input = input;
    this.#rate = sampleRate;
    this.node = new AudioWorkletNode(input.context, ELEMENT_FOLLOWER, {
      numberOfInputs: 1,
      channelCount: 2,
      channelCountMode: "explicit",
      numberOfOutputs: 2,
      outputChannelCount: [1, busChannels(stems)],
      processorOptions,
    });
    this.#feeder = new BlockFeeder(song.blocks, (blocks) => this.#send({ do: "blocks", blocks }));
    this.node.port.onmessage = ({ data }: MessageEvent<ElementFollowerReport>) => this.#take(data);
    input.connect(this.node);
  }

  /** Captures what comes from now on; `oncaptured` gets it. */
  capture(): void {
    const plane = () => new Float32Array(CAPTURED);
    const into = this.#spare ?? [plane(), plane()];
    this.#spare = undefined;
    const buffers = into.map(({ buffer }) => buffer);
    this.node.port.postMessage({ do: "capture", into } satisfies ElementFollowerCommand, buffers);
  }

  /** Frame n of the sound is the song's sample n − `offset`, times `gain`; that is sample `sample` about now. */
  align(offset: number, gain: number, sample: number): void {
    this.#feeder.feed(sample, undefined);
    this.#send({ do: "align", offset, gain });
  }

  /** Where the sound is in the song is not known any more. */
  part(): void {
    this.#send({ do: "part" });
  }

  /** Lets the bus follow the separator, in seconds, cross-faded. */
  setLatency(latency: number): void {
    this.#send({ do: "latency", latency: Math.round(latency * this.#rate) });
  }

  setBlending(on: boolean): void {
    this.#send({ do: "blend", on });
  }

  setRegion(region: number, stems: ArrayBuffer | undefined): void {
    this.#send({ do: "region", region, stems });
  }

  /** Fades out and frees itself. */
  close(): void {
    this.oncaptured = this.onaligned = this.onregion = undefined;
    detach(this.#input, this.node);
    this.#send({ do: "close" });
  }

  #take(report: ElementFollowerReport): void {
    switch (report.type) {
      case "captured":
        this.oncaptured?.(report.samples, report.from);
        this.#spare = report.samples;
        return;
      case "aligned":
      case "parted":
        return this.onaligned?.(report.type === "aligned");
      case "region":
        this.#feeder.follow(report.region);
        return this.onregion?.(report.region);
      case "closed":
        this.node.disconnect();
        this.node.port.close();
    }
  }

  #send(command: ElementFollowerCommand): void {
    this.node.port.postMessage(command);
  }
}
