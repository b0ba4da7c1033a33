// The page's side of the worklet: makes the rings between it and the workers, and carries messages.
// Page.
import { createRing } from "../ring/ring.ts";
import { STEMS } from "../stems.ts";
import { planRings } from "./latency.ts";
import {
  CHANNELS,
  portsOfLink,
  type FromProcessor,
  type Loaded,
  type ProcessorOptions,
  type ProcessorReport,
  type JoinedRings,
  type RingPlan,
  type ToProcessor,
  type RingLink,
} from "./protocol.ts";

export interface AudioThreadOptions {
  kind: "shared" | "ports";
  /** Of the context, in Hz. */
  sampleRate: number;
  /** Frames from input to output at first, and the most that they will be. */
  latency: number;
  longestLatency: number;
}

export class AudioThread {
  onreport: ((report: ProcessorReport) => void) | undefined;
  #options: AudioThreadOptions;
  #port: MessagePort | undefined;
  /** Who waits for a position, in the order of the answers. */
  #asking: ((position: number) => void)[] = [];

  constructor(options: AudioThreadOptions) {
    this.#options = options;
  }

  /**
   * Rings to the first worker, whose input begins with the first frame, and what the processor must
   * be made with; `connect` then gives it its end of them, and resolves when it has come there.
   */
  first(model: Pick<Loaded, "delay" | "hop">): {
    rings: JoinedRings;
    processorOptions: ProcessorOptions;
    connect: (worklet: AudioWorkletNode) => Promise<unknown>;
  } {
    const { kind, latency, longestLatency } = this.#options;
    const plan = this.#plan(model);
    const ends = openTransport(kind, plan);
    return {
      rings: { plan, position: 0, transport: ends.worker },
      processorOptions: {
        latency,
        longestLatency,
        stems: STEMS.length,
        plan,
        ...(kind === "shared" && { transport: ends.worklet }),
      },
      connect: ({ port }) => {
        this.#port = port;
        port.onmessage = ({ data }: MessageEvent<FromProcessor>) => {
          if (data.type === "position") this.#asking.shift()?.(data.position);
          else this.onreport?.(data.report);
        };
        if (kind === "shared") return Promise.resolve();
        return this.#ask({ type: "start", transport: ends.worklet });
      },
    };
  }

  /** Rings to another worker, which takes over as soon as its stems are there. */
  async join(model: Pick<Loaded, "delay" | "hop">): Promise<JoinedRings> {
    const plan = this.#plan(model);
    const ends = openTransport(this.#options.kind, plan);
    const position = await this.#ask({ type: "succeed", transport: ends.worklet, plan });
    return { plan, position, transport: ends.worker };
  }

  /** Position of the next frame of input. */
  position(): Promise<number> {
    return this.#ask({ type: "ask" });
  }

  #ask(message: ToProcessor): Promise<number> {
    this.tell(message);
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  tell(message: ToProcessor): void {
    const ports = "transport" in message ? portsOfLink(message.transport) : [];
    this.#port?.postMessage(message, ports);
  }

  close(): void {
    this.tell({ type: "stop" });
    if (this.#port) this.#port.onmessage = null;
    this.#port?.close();
    // Nobody waits for ever; what they were to go on with is closed as well.
    for (const answer of this.#asking.splice(0)) answer(0);
  }

  #plan(model: Pick<Loaded, "delay" | "hop">): RingPlan {
    const { sampleRate, longestLatency } = this.#options;
    return planRings({ ...model, sampleRate }, longestLatency);
  }
}

/** The two ends of the two rings. */
function openTransport(
  kind: "shared" | "ports",
  plan: RingPlan,
): { worklet: RingLink; worker: RingLink } {
  if (kind === "shared") {
    const input = createRing(CHANNELS, plan.inputCapacity);
    const start = plan.stemStart;
    const stems = createRing(CHANNELS * STEMS.length, plan.stemCapacity, { start });
    const memory: RingLink = { kind, input, stems };
    return { worklet: memory, worker: memory };
  }
  const input = new MessageChannel();
  const stems = new MessageChannel();
  return {
    worklet: { kind, input: input.port1, stems: stems.port1 },
    worker: { kind, input: input.port2, stems: stems.port2 },
  };
}
