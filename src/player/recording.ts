// Records what a player gives: the mix, the stems as separated (before their gains), or both. Page thread.
import { DannaError } from "../errors.ts";
import { lazy } from "../util/lazy.ts";
import { safeFileName } from "../util/file-name.ts";
import { Recorder, type Track } from "./recorder.ts";
import type { PlayerNodes, RecordingKind } from "./state.ts";

/** One recording. */
export class Recording {
  readonly kind: RecordingKind;
  readonly #name: string;
  readonly #recorder: Recorder;

  /**
   * Starts at once.
   * @throws DannaError "input" before the first source
   */
  constructor(kind: RecordingKind, name: string, nodes: PlayerNodes | undefined) {
    if (!nodes) {
      throw new DannaError("input", "There is nothing to record yet: play something first.");
    }
    this.kind = kind;
    this.#name = safeFileName(name);
    const mix: Track = { name: this.#name, node: nodes.output, format: "wav24" };
    const stems = Object.entries(nodes.stems).map(([stem, node]): Track => ({
      name: `${this.#name} - ${stem}`,
      node,
      format: "wav32f",
    }));
    const tracks = { mix: [mix], stems, all: [mix, ...stems] }[kind];
    this.#recorder = new Recorder(nodes.context, tracks);
  }

  /** Seconds so far. */
  get duration(): number {
    return this.#recorder.duration;
  }

  /**
   * Ends it; one WAV file a track, or one ZIP of both. Where the ZIP cannot be made, `onError` gets why,
   * and its files are given one by one.
   * @throws DannaError "fetch" when the code that writes files cannot be loaded
   */
  async stop(onError: (error: Error) => void): Promise<readonly File[]> {
    const files = await this.#recorder.stop();
    if (this.kind !== "all") return files;
    try {
      const { zipFiles } = await lazy(import("../output/zip.ts"));
      return [await zipFiles(files, `${this.#name}.zip`)];
    } catch (error) {
      onError(error as Error);
      return files;
    }
  }
}
