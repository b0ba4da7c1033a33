// The audio worklet's thin shell: connects Web Audio's callback and messages to StemScheduler.
// Runs on the audio thread.
import { PortReader, PortWriter } from "../src/ring/port.ts";
import { RingReader, RingWriter, type FrameReader, type FrameWriter } from "../src/ring/ring.ts";
import {
  CHANNELS,
  PROCESSOR_NAME,
  type ProcessorOptions,
  type ProcessorReport,
  type ToProcessor,
  type Transport,
} from "../src/separator/protocol.ts";
import { StemScheduler } from "./stem-scheduler.ts";

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

class SeparatorProcessor extends AudioWorkletProcessor {
  #options: ProcessorOptions;
  #scheduler: StemScheduler | undefined;
  #ports: MessagePort[] = [];
  #portWriter: PortWriter | undefined;
  #stopped = false;
  /** `currentFrame` of position 0: the first quantum that had somewhere to go. */
  #origin = -1;
  #reported: ProcessorReport = {
    underruns: 0,
    dryFrames: 0,
    discontinuities: 0,
    droppedFrames: 0,
    dry: false,
  };
  #reportedFrame = 0;

  constructor({ processorOptions }: { processorOptions: ProcessorOptions }) {
    super();
    this.#options = processorOptions;
    if (processorOptions.transport) this.#start(processorOptions.transport);
    this.port.onmessage = ({ data }: MessageEvent<ToProcessor>) => {
      if (data.type === "start") {
        this.#start(data.transport);
        this.port.postMessage(this.#reported);
      } else this.#stop();
    };
  }

  process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
  ): boolean {
    if (this.#scheduler) {
      if (this.#origin < 0) this.#origin = currentFrame;
      this.#scheduler.process(currentFrame - this.#origin, inputs[0], outputs);
      this.#report(this.#scheduler);
    }
    return !this.#stopped;
  }

  #start(transport: Transport): void {
    const { latency, hop, stems, plan } = this.#options;
    const channels = CHANNELS * stems;
    let input: FrameWriter;
    let output: FrameReader;
    if (transport.kind === "shared") {
      input = new RingWriter(transport.input);
      output = new RingReader(transport.stems);
    } else {
      this.#ports = [transport.input, transport.stems];
      input = this.#portWriter = new PortWriter(
        transport.input,
        CHANNELS,
        plan.blockFrames,
        plan.inputCapacity / 2,
      );
      output = new PortReader(transport.stems, channels, plan.stemCapacity, plan.stemStart);
    }
    this.#scheduler = new StemScheduler({ sampleRate, latency, hop, stems, input, output });
  }

  #stop(): void {
    this.#stopped = true;
    this.#scheduler = undefined;
    for (const port of this.#ports) port.close();
    this.port.onmessage = null;
    this.port.close();
  }

  /** Tells the page what changed: at once when the stems go or return, else now and then. */
  #report(scheduler: StemScheduler): void {
    const { counts, dry } = scheduler;
    const last = this.#reported;
    const droppedFrames = this.#portWriter?.dropped ?? 0;
    const changed =
      counts.dryFrames !== last.dryFrames ||
      counts.underruns !== last.underruns ||
      counts.discontinuities !== last.discontinuities ||
      droppedFrames !== last.droppedFrames;
    const due = currentFrame - this.#reportedFrame >= REPORT_SECONDS * sampleRate;
    if (dry === last.dry && !(changed && due)) return;
    const report: ProcessorReport = { ...counts, droppedFrames, dry };
    this.#reported = report;
    this.#reportedFrame = currentFrame;
    this.port.postMessage(report);
  }
}

registerProcessor(PROCESSOR_NAME, SeparatorProcessor);
