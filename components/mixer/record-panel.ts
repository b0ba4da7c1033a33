// Recording: the panel, and the files that came out. Page thread.
import { html } from "lit";
import "../core/texts-more.ts";
import { RECORDINGS, type RecordingKind } from "../../src/player/index.ts";
import { FileLinks } from "./file-links.ts";
import type { MixerView } from "./view.ts";

/** Which recording is wanted, and the files of the last one. */
export class RecordPanel {
  kind: RecordingKind = "mix";
  readonly files = new FileLinks();

  render(view: MixerView) {
    const { state, texts, lang, dispatch } = view;
    const names = { mix: texts.recordMix, stems: texts.recordStems, all: texts.recordAll };
    const running = state.recording !== undefined;
    return html`
      <fieldset class="choices" ?disabled=${running}>
        <legend>${texts.recordWhat}</legend>
        ${RECORDINGS.map(
          (kind) =>
            html`<label
              ><input
                type="radio"
                name="kind"
                .checked=${kind === this.kind}
                @change=${() => (this.kind = kind)}
              />${names[kind]}</label
            >`,
        )}
      </fieldset>
      <button
        class="primary"
        ?disabled=${!running && state.status !== "ready"}
        @click=${() => dispatch({ do: "record" })}
      >
        ${running ? texts.stopRecording : texts.recordStart}
      </button>
      ${this.files.render(texts, texts.recordingReady, lang)}
    `;
  }
}
