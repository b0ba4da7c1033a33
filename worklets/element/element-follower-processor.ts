// The element follower as a processor. Audio thread.
import { PackedRegion } from "../../src/dsp/packed-region.ts";
import {
  BUS_OUTPUT,
  ELEMENT_FOLLOWER,
  type ElementFollowerCommand,
  type ElementFollowerReport,
  type ElementFollowerSettings,
} from "../../src/player/protocol.ts";
import { ElementFollower } from "./element-follower.ts";

/** Seconds beyond the longest latency in which everything has faded out. */
const TAIL = 0.1;

/** The element's sound in; the bus of stems computed ahead out, where the song player has it. */
class ElementFollowerProcessor extends AudioWorkletProcessor {
  readonly #follower: ElementFollower;
  readonly #tail: number;
  /** Frames that are left; once it is closed they go down. */
  #left = Infinity;

  constructor({ processorOptions }: { processorOptions: ElementFollowerSettings }) {
    super();
    this.#tail = processorOptions.longestLatency + TAIL * sampleRate;
    this.#follower = new ElementFollower({ ...processorOptions, sampleRate });
    this.#follower.onalign = () => this.#report({ type: "aligned" });
    this.#follower.onpart = () => this.#report({ type: "parted" });
    this.#follower.onregion = (region) => this.#report({ type: "region", region });
    this.#follower.oncapture = (samples, from) =>
      this.port.postMessage(
        { type: "captured", samples, from } satisfies ElementFollowerReport,
        samples.map(({ buffer }) => buffer),
      );
    this.port.onmessage = ({ data }: MessageEvent<ElementFollowerCommand>) => this.#run(data);
  }

  #run(command: ElementFollowerCommand): void {
    switch (command.do) {
      case "capture":
        return this.#follower.capture(command.into);
      case "align":
        return this.#follower.align(command.offset, command.gain);
      case "part":
        return this.#follower.part();
      case "latency":
        return this.#follower.setLatency(command.latency);
      case "blend":
        this.#follower.blend = command.on;
        return;
      case "blocks":
        for (const [region, block] of command.blocks) this.#follower.setBlock(region, block);
        return;
      case "region":
        return this.#follower.setRegion(
          command.region,
          command.stems && new PackedRegion(command.stems),
        );
      case "close":
        this.#follower.blend = false;
        this.#left = this.#tail;
    }
  }

  #report(report: ElementFollowerReport): void {
    this.port.postMessage(report);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.#follower.process(inputs[0], outputs[BUS_OUTPUT]);
    this.#left -= outputs[BUS_OUTPUT][0].length;
    if (this.#left > 0) return true;
    this.#report({ type: "closed" });
    return false;
  }
}

registerProcessor(ELEMENT_FOLLOWER, ElementFollowerProcessor);
