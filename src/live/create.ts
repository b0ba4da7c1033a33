// Puts a separator together: worker with the model, rings, worklet node, audio graph. Page.
import { CHANNELS } from "../dsp/planar-queue.ts";
import { checkOption, DannaError } from "../errors.ts";
import type { StemSeparator, StemSeparatorOptions } from "./api.ts";
import { AudioThread } from "./audio-thread.ts";
import { builtFiles, LIVE_MODELS, type BuiltFiles } from "../model/built-files.ts";
import {
  addWorkletModule,
  createWorkletNode,
  isRealTime,
  type AnyAudioContext,
} from "../util/audio-context.ts";
import { LATENCY_MODES, totalLatency, type LatencyMode } from "./latency.ts";
import { PROCESSOR_NAME } from "./protocol.ts";
import { WorkletSeparator } from "./separator.ts";
import { WorkerConnection } from "./worker-connection.ts";
import { abortable } from "../util/async.ts";

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
  try {
    return await abortable(build(context, options, files, connection), signal);
  } catch (error) {
    connection.close();
    throw error;
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
  const loadOptions = {
    ...modelUrls(options.model, files),
    ort: files.ort,
    backend,
    sampleRate,
    realTime: isRealTime(context),
  };
  const [loaded] = await Promise.all([
    connection.load({ ...loadOptions, kept: undefined }),
    addWorkletModule(context, files.worklet),
  ]);

  const baseLatency = "baseLatency" in context ? context.baseLatency : undefined;
  const latencyOf = (latencyMode: LatencyMode) =>
    totalLatency({ ...loaded, sampleRate, baseLatency, latencyMode });
  const stems = loaded.manifest.stems.length;
  const audioThread = new AudioThread({
    kind: transport,
    stems,
    sampleRate,
    latency: latencyOf(latencyMode),
    longestLatency: latencyOf("safe"),
  });
  const { rings, processorOptions, connect } = audioThread.first(loaded);
  // The stems', and that of the delayed dry signal.
  const outputs = stems + 1;
  const worklet = await createWorkletNode(context, PROCESSOR_NAME, {
    numberOfInputs: 1,
    numberOfOutputs: outputs,
    outputChannelCount: Array<number>(outputs).fill(CHANNELS),
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
      latencyOf,
    },
  });
}

/** Where a model's files lie; the graph of one that does not ship, beside its manifest. */
function modelUrls(model: StemSeparatorOptions["model"] = "live", { models }: BuiltFiles) {
  const shipped = LIVE_MODELS.find((name) => name === model);
  if (!shipped) {
    return { manifestUrl: new URL(model, document.baseURI).href, modelUrl: undefined };
  }
  return { manifestUrl: models[shipped].manifest, modelUrl: models[shipped].graph };
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
