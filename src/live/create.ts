// Puts a separator together: worker with the model, rings, worklet node, audio graph. Page.
import type { Backend } from "../engine/runtime.ts";
import { checkOption, DannaError } from "../errors.ts";
import { STEMS } from "../stems.ts";
import { AudioThread } from "./audio-thread.ts";
import { builtFiles, type BuiltFiles } from "../model/built-files.ts";
import {
  addWorkletModule,
  createWorkletNode,
  isRealTime,
  type AnyAudioContext,
} from "../util/audio-context.ts";
import { LATENCY_MODES, totalLatency, type LatencyMode } from "./latency.ts";
import type { Adapt } from "./live-control.ts";
import { CHANNELS, PROCESSOR_NAME, type Loaded } from "./protocol.ts";
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
  latencyMode?: LatencyMode;
  /** By default "auto": WebGPU where it proves fast enough, else WASM. */
  backend?: Backend | "auto";
  /**
   * Whether the separator may do with less while the machine is too slow: several hops per run of
   * the model, the lighter model, a larger latency (not with "same-latency"), each told as an
   * "adapt" event and undone when there is room again. By default true.
   */
  adapt?: Adapt;
  /**
   * Whether to keep a second worker with the model loaded, which takes over within a fraction of a
   * second when the first fails; without it that takes a few seconds. It costs memory and no time. By
   * default true; offline contexts have none.
   */
  spare?: boolean;
  /** URL of the manifest of a cheaper model, to which `adapt` may step down. */
  lighterModel?: string | URL;
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
  checkOption("latencyMode", options.latencyMode, LATENCY_MODES);
  checkOption("backend", options.backend, ["auto", "wasm", "webgpu"]);
  checkOption("transport", options.transport, ["auto", "shared", "ports"]);
  const files = builtFiles(options.baseUrl);
  checkOption("adapt", options.adapt, [true, false, "same-latency"]);
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

async function build(
  context: AnyAudioContext,
  options: StemSeparatorOptions,
  files: BuiltFiles,
  connection: WorkerConnection,
): Promise<StemSeparator> {
  const { latencyMode = "balanced", backend = "auto", signal } = options;
  const { sampleRate } = context;
  const transport = chooseTransport(options.transport ?? "auto");
  const modelAt = (url: string | URL | undefined) => ({
    manifestUrl: new URL(url ?? files.manifest, document.baseURI).href,
    modelUrl: url === undefined ? files.model : undefined,
  });
  const realTime = isRealTime(context);
  const loadOptions = { ...modelAt(options.model), ort: files.ort, backend, sampleRate, realTime };
  const [loaded] = await Promise.all([
    connection.load({ ...loadOptions, kept: undefined }),
    addWorkletModule(context, files.worklet),
  ]);

  const baseLatency = "baseLatency" in context ? context.baseLatency : undefined;
  const latencyOf = (latencyMode: LatencyMode, model: Pick<Loaded, "delay" | "hop"> = loaded) =>
    totalLatency({ ...model, sampleRate, baseLatency, latencyMode });
  const audioThread = new AudioThread({
    kind: transport,
    sampleRate,
    latency: latencyOf(latencyMode),
    longestLatency: latencyOf("safe"),
  });
  const { rings, processorOptions, connect } = audioThread.first(loaded);
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

  // What is rendered before the ports are there is lost: of a song its beginning, offline all.
  await connect(worklet);
  connection.start({ ...rings, latency: latencyOf(latencyMode), hopsPerRun: 1 });
  return new WorkletSeparator({
    context,
    worklet,
    transport,
    supervision: {
      connection,
      loaded,
      loadOptions,
      open: () => new WorkerConnection(files.worker),
      options,
      audioThread,
      latencyMode,
      modelAt,
      latencyOf,
    },
  });
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
