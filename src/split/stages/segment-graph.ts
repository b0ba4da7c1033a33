// A graph over whole segments that the engine does not run, such as HTDemucs': what goes in and comes out
// is its family's to say. Page, worker or Node.
import type { InferenceSession, Tensor } from "onnxruntime-web";
import { loadFft } from "../../dsp/fft.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { sessionOptions, type Runtime, type SplitBackend } from "../../engine/runtime.ts";
import { DannaError } from "../../errors.ts";
import type { SegmentGraph } from "../../model/families/family.ts";
import { rewriteGraph } from "../../model/rewrite-onnx.ts";
import { release } from "../../util/release.ts";

export class GraphRunner {
  readonly #name: string;
  readonly #graph: SegmentGraph;
  readonly #session: InferenceSession;
  readonly #ort: Runtime;

  private constructor(name: string, graph: SegmentGraph, session: InferenceSession, ort: Runtime) {
    this.#name = name;
    this.#graph = graph;
    this.#session = session;
    this.#ort = ort;
  }

  /**
   * @param name of the model, for errors
   * @param graph makes what goes into the graph and takes what comes out
   * @param bytes the checked ONNX file
   * @throws DannaError "model" when the runtime refuses it
   */
  static async load(
    name: string,
    graph: () => SegmentGraph,
    bytes: Uint8Array<ArrayBuffer>,
    ort: Runtime,
    backend: SplitBackend,
  ): Promise<GraphRunner> {
    await loadFft();
    try {
      const rewritten = rewriteGraph(bytes);
      const session = await ort.InferenceSession.create(rewritten, {
        ...sessionOptions(backend, "large"),
        // It saves a third of the native build's time.
        enableCpuMemArena: backend === "native",
      });
      await release(rewritten);
      return new GraphRunner(name, graph(), session, ort);
    } catch (cause) {
      throw failure(name, "ONNX Runtime does not load it", cause);
    }
  }

  /** Stems of one segment, in the manifest's order, 2 planes each. */
  async separate(mixture: Planar): Promise<Float32Array[]> {
    const { inputNames, outputNames } = this.#session;
    const feeds: Record<string, Tensor> = {};
    this.#graph.inputs(mixture).forEach(({ data, shape }, i) => {
      feeds[inputNames[i]] = new this.#ort.Tensor("float32", data, shape);
    });
    const results = await this.#run(feeds);
    return this.#graph.stems(outputNames.map((name) => results[name].data as Float32Array));
  }

  async #run(feeds: Record<string, Tensor>) {
    try {
      return await this.#session.run(feeds);
    } catch (cause) {
      throw failure(this.#name, "inference failed", cause);
    }
  }

  async dispose(): Promise<void> {
    this.#graph.dispose();
    await this.#session.release();
  }
}

function failure(name: string, problem: string, cause: unknown): DannaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DannaError("model", `Model "${name}": ${problem} (${reason}).`, { cause });
}
