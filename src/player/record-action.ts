// What "record" does: one recording at a time, and its files in the snapshot. Page thread.
import { DannaError } from "../index.ts";
import type { Recording } from "./recording.ts";
import type * as Sound from "./sound.ts";
import type { PlayerState, RecordingKind } from "./state.ts";

/** What a recording needs of the player. */
export interface RecordHost {
  state(): PlayerState;
  set(changes: Partial<PlayerState>): void;
  fail(error: Error): void;
  /** Undefined before the first source. */
  sound(): typeof Sound | undefined;
}

export class RecordAction {
  readonly #host: RecordHost;
  #running: Recording | undefined;

  constructor(host: RecordHost) {
    this.#host = host;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Of the one that runs, so far. */
  get seconds(): number | undefined {
    return this.#running?.duration;
  }

  /** Starts one unless one runs. What fails is reported. */
  start(kind: RecordingKind, name: string): readonly File[] {
    if (this.#running) return [];
    const sound = this.#host.sound();
    try {
      if (!sound) {
        throw new DannaError("input", "There is nothing to record yet: play something first.");
      }
      this.#running = new sound.Recording(kind, name, this.#host.state().nodes);
      this.#host.set({ recording: kind });
    } catch (error) {
      this.#host.fail(error as Error);
    }
    return [];
  }

  /** Ends it; its files, none without one. @throws as `Recording.stop` */
  async stop(): Promise<readonly File[]> {
    const running = this.#running;
    if (!running) return [];
    this.#running = undefined;
    this.#host.set({ recording: undefined });
    const recorded = await running.stop((error) => this.#host.fail(error));
    this.#host.set({ recorded });
    return recorded;
  }

  /** Ends it, as what it is recorded from goes away: what is recorded so far is not lost. */
  async end(): Promise<void> {
    await this.stop().catch((error: Error) => this.#host.fail(error));
  }
}
