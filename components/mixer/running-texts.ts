// Texts that change while nothing else does, which templates leave empty: position and length of a
// recording. Page thread.
import type { Player } from "../../src/player/index.ts";
import { formatTime } from "../core/time.ts";

/** Writes them when they differ from what was written last. */
export class RunningTexts {
  readonly #mixer: { readonly player: Player; readonly renderRoot: ParentNode };
  #written = "";

  constructor(mixer: { readonly player: Player; readonly renderRoot: ParentNode }) {
    this.#mixer = mixer;
  }

  /** What was rendered anew is empty. */
  forget(): void {
    this.#written = "";
  }

  /** In every frame. */
  readonly write = (): void => {
    const { position: at, recordedSeconds, state } = this.#mixer.player;
    const position = formatTime(state.coming ? 0 : at);
    const recorded = recordedSeconds === undefined ? "" : formatTime(recordedSeconds);
    if (`${position} ${recorded}` === this.#written) return;
    this.#written = `${position} ${recorded}`;
    this.#set(".position", position);
    if (recorded) this.#set(".elapsed", recorded);
  };

  #set(selector: string, text: string): void {
    const element = this.#mixer.renderRoot.querySelector(selector);
    if (element) element.textContent = text;
  }
}
