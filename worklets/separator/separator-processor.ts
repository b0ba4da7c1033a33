// The audio worklet's thin shell: connects Web Audio's callback and messages to StemScheduler.
// Runs on the audio thread.
import { PortReader, PortWriter } from "../../src/ring/port.ts";
import { beginRing, RingReader, RingWriter } from "../../src/ring/ring.ts";
import {
  CHANNELS,
  PROCESSOR_NAME,
  type FromProcessor,
  type ProcessorOptions,
  type ProcessorReport,
  type RingPlan,
  type ToProcessor,
  type RingLink,
} from "../../src/live/protocol.ts";
import { StemScheduler, type WorkerRings } from "./stem-scheduler.ts";

declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: ProcessorOptions }) => AudioWorkletProcessor,
): void;

/** Least time between two reports of growing counts. */
const REPORT_SECONDS = 0.1;
/** Time without new stems from which on reports tell of it. */
const STALL_SECONDS = 0.5;

/** This side of the rings to a worker. */
class WorkerEnds {
  readonly rings: WorkerRings;
  #ports: readonly MessagePort[] = [];
  #writer: PortWriter | undefined;

  /** @param position of the first frame of input */
  constructor(transport: RingLink, plan: RingPlan, stems: number, position: number) {
    const { hop } = plan;
    const stemStart = position + plan.stemStart;
    if (transport.kind === "shared") {
      const input = new RingWriter(transport.input, position);
      this.rings = { input, output: new RingReader(transport.stems), hop };
      return;
    }
    const { input, stems: output } = transport;
    this.#ports = [input, output];
    const capacity = plan.inputCapacity / 2;
    this.#writer = new PortWriter(input, CHANNELS, plan.blockFrames, capacity, position);
    this.rings = {
      input: this.#writer,
      output: new PortReader(output, CHANNELS * stems, plan.stemCapacity, stemStart),
      hop,
    };
  }

  /** Input frames that found no free message. */
  get dropped(): number {
    return this.#writer?.dropped ?? 0;
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }
}

class SeparatorProcessor extends AudioWorkletProcessor {
  #options: ProcessorOptions;
  #scheduler: StemScheduler | undefined;
  #ends: WorkerEnds | undefined;
  #nextEnds: WorkerEnds | undefined;
  #stopped = false;
  /** What `currentFrame` is to be next; NaN until there has been any input. */
  #nextFrame = NaN;
  #discontinuities = 0;
  /** Frames dropped by ends that are closed. */
  #dropped = 0;
  #reported: ProcessorReport = {
    underruns: 0,
    dryFrames: 0,
    faultySamples: 0,
    discontinuities: 0,
    droppedFrames: 0,
    dry: false,
    handovers: 0,
    stalledFrames: 0,
  };
  #reportedFrame = 0;

  constructor({ processorOptions }: { processorOptions: ProcessorOptions }) {
    super();
    this.#options = processorOptions;
    if (processorOptions.transport) this.#start(processorOptions.transport);
    this.port.onmessage = ({ data }: MessageEvent<ToProcessor>) => this.#take(data);
  }

  process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
  ): boolean {
    if (this.#scheduler) {
      this.#watchClock(inputs[0].length > 0, outputs[0][0].length);
      this.#scheduler.process(inputs[0], outputs);
      if (this.#nextEnds && !this.#scheduler.awaiting) this.#closeBefore(this.#nextEnds);
      this.#report(this.#scheduler);
    }
    return !this.#stopped;
  }

  #take(message: ToProcessor): void {
    switch (message.type) {
      case "start":
        return this.#start(message.transport);
      case "succeed":
        return this.#succeed(message.transport, message.plan);
      case "disconnect":
        this.#scheduler?.disconnect();
        return this.#close();
      case "latency":
        if (this.#scheduler) this.#scheduler.latency = message.latency;
        return;
      case "ask":
        return this.#say({ type: "position", position: this.#scheduler?.position ?? 0 });
      case "stop":
        return this.#stop();
    }
  }

  #start(transport: RingLink): void {
    const { latency, longestLatency, stems, plan } = this.#options;
    this.#ends = new WorkerEnds(transport, plan, stems, 0);
    this.#scheduler = new StemScheduler({ sampleRate, latency, longestLatency, stems });
    this.#scheduler.connect(this.#ends.rings);
    if (transport.kind === "ports") this.#say({ type: "position", position: 0 });
  }

  #succeed(transport: RingLink, plan: RingPlan): void {
    const scheduler = this.#scheduler;
    if (!scheduler) return;
    const { position } = scheduler;
    // The worker is told of them only afterwards; the first one may be waiting at its rings already.
    if (transport.kind === "shared") {
      beginRing(transport.input, position);
      beginRing(transport.stems, position + plan.stemStart);
    }
    this.#nextEnds?.close();
    this.#nextEnds = new WorkerEnds(transport, plan, this.#options.stems, position);
    scheduler.succeed(this.#nextEnds.rings);
    this.#say({ type: "position", position });
  }

  /** The worker before these has been succeeded. */
  #closeBefore(next: WorkerEnds): void {
    this.#dropped += this.#ends?.dropped ?? 0;
    this.#ends?.close();
    this.#ends = next;
    this.#nextEnds = undefined;
  }

  #close(): void {
    this.#dropped += this.#ends?.dropped ?? 0;
    for (const ends of [this.#ends, this.#nextEnds]) ends?.close();
    this.#ends = this.#nextEnds = undefined;
  }

  #stop(): void {
    this.#stopped = true;
    this.#scheduler = undefined;
    this.#close();
    this.port.onmessage = null;
    this.port.close();
  }

  /**
   * A clock that is ahead of what was rendered shifts nothing: no source was asked for what is missing,
   * and goes on where it was.
   */
  #watchClock(heard: boolean, frames: number): void {
    if (currentFrame > this.#nextFrame) this.#discontinuities++;
    if (heard || !Number.isNaN(this.#nextFrame)) this.#nextFrame = currentFrame + frames;
  }

  /** Tells the page what changed: at once when the stems go or return, else now and then. */
  #report(scheduler: StemScheduler): void {
    const { counts, dry, handovers, stalledFrames } = scheduler;
    const last = this.#reported;
    const droppedFrames = this.#dropped + (this.#ends?.dropped ?? 0);
    const changed =
      counts.dryFrames !== last.dryFrames ||
      counts.underruns !== last.underruns ||
      counts.faultySamples !== last.faultySamples ||
      this.#discontinuities !== last.discontinuities ||
      droppedFrames !== last.droppedFrames ||
      stalledFrames >= STALL_SECONDS * sampleRate;
    const due = currentFrame - this.#reportedFrame >= REPORT_SECONDS * sampleRate;
    if (dry === last.dry && handovers === last.handovers && !(changed && due)) return;
    const discontinuities = this.#discontinuities;
    const report = { ...counts, discontinuities, droppedFrames, dry, handovers, stalledFrames };
    this.#reported = report;
    this.#reportedFrame = currentFrame;
    this.#say({ type: "report", report });
  }

  #say(message: FromProcessor): void {
    this.port.postMessage(message);
  }
}

registerProcessor(PROCESSOR_NAME, SeparatorProcessor);
