// Puts a separator together: worker with the model, rings, worklet node, audio graph. Page.
import type { Backend } from "../engine/runtime.ts";
import { DannaError } from "../errors.ts";
import { STEMS } from "../stems.ts";
import { createRing } from "../ring/ring.ts";
import { builtFiles, type BuiltFiles } from "./built-files.ts";
import { addWorkletModule, createWorkletNode, type AnyAudioContext } from "./context.ts";
import { planRings, PRESETS, totalLatency, type Preset } from "./latency.ts";
import {
  CHANNELS,
  PROCESSOR_NAME,
  type ProcessorOptions,
  type RingPlan,
  type ToProcessor,
  type Transport,
} from "./protocol.ts";
import { WorkletSeparator, type StemSeparator } from "./separator.ts";
import { WorkerConnection } from "./worker-connection.ts";

export interface StemSeparatorOptions {
  /** URL of a model's manifest; by default models/live.json in `baseUrl`. */
  model?: string | URL;
  /**
   * Folder of the built files (worklet.js, worker.js, ort/, models/), on any origin that allows
   * cross-origin reading; by default this script's, or where a bundler has put them.
   */
  baseUrl?: string | URL;
  /** Lowest latency, least risk of dry moments, or between; by default "balanced". */
  preset?: Preset;
  /** By default "auto": WebGPU where it proves fast enough, else WASM. */
  backend?: Backend | "auto";
  /** By default "auto": shared memory where the page is cross-origin isolated, else ports. */
  transport?: "auto" | "shared" | "ports";
  /** Aborting before the promise settles frees everything; it then rejects with the reason. */
  signal?: AbortSignal;
  /** Bytes of the model file so far and in all. */
  onProgress?: (progress: { loaded: number; total: number }) => void;
}

/**
 * Makes a separator in a native or standardized-audio-context context, ready for audio: the model
 * is loaded, checked and warmed up.
 * @throws DannaError "platform", "fetch", "manifest", "model", "worker" or "input"; the signal's
 *   reason when aborted
 */
export async function createStemSeparator(
  context: AnyAudioContext,
  options: StemSeparatorOptions = {},
): Promise<StemSeparator> {
  const { signal } = options;
  signal?.throwIfAborted();
  check("preset", options.preset, PRESETS);
  check("backend", options.backend, ["auto", "wasm", "webgpu"]);
  check("transport", options.transport, ["auto", "shared", "ports"]);
  const files = builtFiles(options.baseUrl);
  const connection = new WorkerConnection(files.worker, options.onProgress);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([build(context, options, files, connection), aborted]);
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function check(option: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return;
  throw new DannaError("input", `"${option}" is one of ${known.join(", ")}, not "${value}".`);
}

async function build(
  context: AnyAudioContext,
  options: StemSeparatorOptions,
  files: BuiltFiles,
  connection: WorkerConnection,
): Promise<StemSeparator> {
  const { preset = "balanced", backend = "auto", signal } = options;
  const { sampleRate } = context;
  const transport = chooseTransport(options.transport ?? "auto");
  const { model = files.manifest } = options;
  const [loaded] = await Promise.all([
    connection.load({
      manifestUrl: new URL(model, document.baseURI).href,
      modelUrl: options.model === undefined ? files.model : undefined,
      ort: files.ort,
      backend,
      sampleRate,
    }),
    addWorkletModule(context, files.worklet),
  ]);

  const baseLatency = "baseLatency" in context ? context.baseLatency : undefined;
  const latency = totalLatency({ ...loaded, sampleRate, baseLatency, preset });
  const plan = planRings({ ...loaded, sampleRate }, latency);
  const ends = openTransport(transport, plan);
  const processorOptions: ProcessorOptions = {
    latency,
    hop: loaded.hop,
    stems: STEMS.length,
    plan,
    ...(transport === "shared" && { transport: ends.worklet }),
  };
  const worklet = await createWorkletNode(context, PROCESSOR_NAME, {
    numberOfInputs: 1,
    numberOfOutputs: STEMS.length + 1,
    outputChannelCount: Array<number>(STEMS.length + 1).fill(CHANNELS),
    channelCount: CHANNELS,
    channelCountMode: "explicit",
    channelInterpretation: "speakers",
    processorOptions,
  });
  signal?.throwIfAborted();

  const tell = (message: ToProcessor, ports: MessagePort[] = []) =>
    worklet.port.postMessage(message, ports);
  const separator = new WorkletSeparator({
    context,
    worklet,
    latencyFrames: latency,
    preset,
    backend: loaded.backend,
    transport,
    manifest: loaded.manifest,
    settle: (position) => connection.settle(position),
    close: () => {
      tell({ type: "stop" });
      worklet.port.close();
      connection.close();
    },
  });
  worklet.port.onmessage = ({ data }) => separator.takeReport(data);
  worklet.onprocessorerror = () =>
    separator.takeError(
      new DannaError("worker", "The audio worklet failed; make a new separator."),
    );
  connection.onstats = (stats) => separator.takeStats(stats);
  connection.onerror = (error) => separator.takeError(error);
  if (transport === "ports") {
    const started = new Promise((resolve) =>
      worklet.port.addEventListener("message", resolve, { once: true }),
    );
    tell({ type: "start", transport: ends.worklet }, portsOf(ends.worklet));
    // What is rendered before the ports are there is lost: of a song its beginning, offline all.
    await started;
  }
  connection.start({ latency, plan, transport: ends.worker }, portsOf(ends.worker));
  return separator;
}

function chooseTransport(wanted: "auto" | "shared" | "ports"): "shared" | "ports" {
  const possible = globalThis.crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";
  if (wanted === "shared" && !possible) {
    throw new DannaError(
      "platform",
      'Shared memory needs a cross-origin isolated page (COOP and COEP headers); use "auto".',
    );
  }
  return wanted === "auto" ? (possible ? "shared" : "ports") : wanted;
}

const portsOf = (transport: Transport): MessagePort[] =>
  transport.kind === "ports" ? [transport.input, transport.stems] : [];

/** The two ends of the two rings. */
function openTransport(
  kind: "shared" | "ports",
  plan: RingPlan,
): { worklet: Transport; worker: Transport } {
  if (kind === "shared") {
    const input = createRing(CHANNELS, plan.inputCapacity);
    const start = plan.stemStart;
    const stems = createRing(CHANNELS * STEMS.length, plan.stemCapacity, { start });
    const memory: Transport = { kind, input, stems };
    return { worklet: memory, worker: memory };
  }
  const input = new MessageChannel();
  const stems = new MessageChannel();
  return {
    worklet: { kind, input: input.port1, stems: stems.port1 },
    worker: { kind, input: input.port2, stems: stems.port2 },
  };
}
