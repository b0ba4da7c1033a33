// The inference worker: loads a model, then separates hop after hop as the audio thread delivers
// them. Control calls come over comlink; audio only through the rings.
import { CHANNELS } from "../../dsp/planar-queue.ts";
import type { Engine } from "../../engine/engine.ts";
import { fetchModel } from "../../model/fetch.ts";
import type { StreamingManifest } from "../../model/manifest.ts";
import { DannaError } from "../../errors.ts";
import { failureOf } from "../../util/failure.ts";
import { transfer } from "../../util/rpc.ts";
import { PortReader, PortWriter } from "../../ring/port.ts";
import { RingReader, RingWriter, type FrameWriter } from "../../ring/ring.ts";
import type {
  KeptModel,
  Loaded,
  LoadOptions,
  StartOptions,
  WorkerControl,
  WorkerEvent,
} from "../protocol.ts";
import { openEngine } from "./backend.ts";
import { LiveSeparator, liveDelay } from "./live-separator.ts";

/** Between two reports, in ms. */
const STATS_TIME = 250;

/** Turns the event loop, which a finished inference does not. */
class Turnstile {
  #channel = new MessageChannel();

  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.port1.onmessage = () => resolve();
      this.#channel.port2.postMessage(undefined);
    });
  }
}

function openRings(
  { plan, position, transport }: StartOptions,
  stems: number,
): {
  input: RingReader | PortReader;
  output: FrameWriter;
} {
  const start = position + plan.stemStart;
  if (transport.kind === "shared") {
    return {
      input: new RingReader(transport.input),
      output: new RingWriter(transport.stems, start),
    };
  }
  const channels = CHANNELS * stems;
  const block = Math.ceil(plan.hop) + 1;
  return {
    input: new PortReader(transport.input, CHANNELS, plan.inputCapacity, position),
    output: new PortWriter(transport.stems, channels, block, plan.stemCapacity, start),
  };
}

/**
 * Takes a lock that the browser frees when this worker ends, however it ends: the page, waiting for
 * it, hears of that at once. Where there are no locks the page goes by the missing stems.
 */
function holdWhileAlive(name: string): Promise<void> {
  return new Promise((resolve) => {
    const hold = () => {
      resolve();
      return new Promise(() => {});
    };
    navigator.locks?.request(name, hold).catch(() => resolve());
    if (!("locks" in navigator)) resolve();
  });
}

export class InferenceWorker implements WorkerControl {
  #engine: Engine | undefined;
  #events: MessagePort | undefined;
  #sampleRate = 0;
  #realTime = true;
  #live: LiveSeparator | undefined;
  #settling: (() => void)[] = [];

  async load(options: LoadOptions, events: MessagePort): Promise<Loaded> {
    this.#events = events;
    this.#sampleRate = options.sampleRate;
    this.#realTime = options.realTime;
    // A rejection that nobody handles is not told to the page by itself.
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#say({ type: "error", failure: failureOf(event.reason) });
    });
    const { backend: wanted, ort } = options;
    const [known, model] = this.#modelOf(options);
    const [[engine, backend], { manifest, bytes }] = await Promise.all([
      openEngine({ manifest: known, model, backend: wanted, ort }),
      model,
      holdWhileAlive(options.lifeLock),
    ]);
    this.#engine = engine;
    const loaded = { manifest, bytes, backend, ...liveDelay(engine, options.sampleRate) };
    return transfer(loaded, [bytes.buffer]);
  }

  /** Its manifest first. */
  #modelOf({
    kept,
    manifestUrl,
    modelUrl: fileUrl,
  }: LoadOptions): [Promise<StreamingManifest>, Promise<KeptModel>] {
    if (kept) return [Promise.resolve(kept.manifest), Promise.resolve(kept)];
    const onProgress = (progress: { loaded: number; total: number }) =>
      this.#say({ type: "progress", ...progress });
    let model!: Promise<KeptModel>;
    const manifest = new Promise<StreamingManifest>((onManifest, fail) => {
      model = fetchModel(manifestUrl, { fileUrl, onManifest, onProgress });
      model.catch(fail);
    });
    // Without a file, that is what is told.
    manifest.catch(() => undefined);
    return [manifest, model];
  }

  start(options: StartOptions): void {
    this.#run(options).catch((error: unknown) =>
      this.#say({ type: "error", failure: failureOf(error) }),
    );
  }

  adjust({ latency, hopsPerRun }: { latency?: number; hopsPerRun?: number }): void {
    if (this.#live === undefined) return;
    if (latency !== undefined) this.#live.latency = latency;
    if (hopsPerRun !== undefined) this.#live.hopsPerRun = hopsPerRun;
  }

  async settle(position: number): Promise<void> {
    while (this.#live === undefined || this.#live.settled <= position) {
      await new Promise<void>((resolve) => this.#settling.push(resolve));
    }
  }

  async #run(options: StartOptions): Promise<never> {
    const engine = this.#engine;
    if (engine === undefined) throw new DannaError("worker", "start() came before load().");
    const sampleRate = this.#sampleRate;
    const { input, output } = openRings(options, engine.stems.length);
    const turnstile = new Turnstile();
    const live = new LiveSeparator({
      engine,
      sampleRate,
      latency: options.latency,
      realTime: this.#realTime,
      position: options.position,
      input,
      output,
      now: () => performance.now(),
      turn: () => turnstile.turn(),
    });
    live.hopsPerRun = options.hopsPerRun;
    this.#live = live;
    let reportedHops = 0;
    setInterval(() => {
      const { stats } = live;
      if (stats.hops !== reportedHops) this.#say({ type: "stats", stats });
      reportedHops = stats.hops;
    }, STATS_TIME);
    for (;;) {
      await input.wait(live.wanted);
      if (!(await live.step())) await turnstile.turn();
      for (const look of this.#settling.splice(0)) look();
    }
  }

  #say(event: WorkerEvent): void {
    this.#events?.postMessage(event);
  }
}
