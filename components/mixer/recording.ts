// Recording: the panel, and the files that came out. Page thread.
import { html, nothing, type ReactiveController } from "lit";
import { lazy } from "../../src/util/lazy.ts";
import { safeFileName } from "../../src/util/file-name.ts";
import type { Texts } from "../core/texts.ts";
import { formatTime } from "../core/time.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { FileLinks } from "./file-links.ts";

export const RECORDINGS = ["mix", "stems", "all"] as const;
export type RecordingKind = (typeof RECORDINGS)[number];

/** Starts and stops recordings of a mixer and keeps what was recorded last. */
export class RecordingController implements ReactiveController {
  #kind: RecordingKind = "mix";
  #running: RecordingKind | undefined;
  readonly #finished = new FileLinks();

  constructor(private readonly mixer: StemMixer) {
    mixer.addController(this);
  }

  hostDisconnected(): void {
    this.#finished.set([]);
    this.#running = undefined;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  start(kind = this.#kind): void {
    const { session } = this.mixer;
    if (this.#running || !session) return;
    session.startRecording(kind, safeFileName(this.mixer.songName));
    this.#running = kind;
    this.mixer.requestUpdate();
  }

  /** Files of the recording: WAV, or one ZIP where there are several and "all" was asked for. */
  async stop(): Promise<readonly File[]> {
    const kind = this.#running;
    const { session } = this.mixer;
    if (!kind || !session) return [];
    this.#running = undefined;
    let files = await session.stopRecording();
    try {
      if (kind === "all") {
        const { zipFiles } = await lazy(import("../../src/output/zip.ts"));
        files = [await zipFiles(files, `${safeFileName(this.mixer.songName)}.zip`)];
      }
    } finally {
      // Where the ZIP cannot be made, its tracks are there one by one.
      // A mixer that has left the page would never free them.
      if (this.mixer.isConnected) this.#finished.set(files);
      this.mixer.requestUpdate();
    }
    this.mixer.tell("stem-recording", { files });
    return files;
  }

  /** Time recorded so far, as text; empty while nothing is recorded. */
  get elapsed(): string {
    return this.#running ? formatTime(this.mixer.session?.recorded ?? 0) : "";
  }

  render(texts: Texts) {
    const names = { mix: texts.recordMix, stems: texts.recordStems, all: texts.recordAll };
    return html`
      <fieldset class="choices" ?disabled=${this.running}>
        <legend>${texts.recordWhat}</legend>
        ${RECORDINGS.map(
          (kind) =>
            html`<label
              ><input
                type="radio"
                name="kind"
                .checked=${kind === this.#kind}
                @change=${() => (this.#kind = kind)}
              />${names[kind]}</label
            >`,
        )}
      </fieldset>
      <button
        class="primary"
        ?disabled=${!this.running && !this.mixer.canRecord}
        @click=${() => this.mixer.toggleRecording()}
      >
        ${this.running ? texts.stopRecording : texts.recordStart}
      </button>
      ${
        this.mixer.isFile
          ? html`<button ?disabled=${this.running} @click=${() => this.mixer.togglePanel("save")}>
              ${texts.saveStems}
            </button>`
          : nothing
      }
      ${this.#finished.render(texts, texts.recordingReady, this.mixer.language)}
    `;
  }
}
