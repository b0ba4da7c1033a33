// Where the focus goes when the drop zone and the mixer replace each other. Page thread.
import type { ReactiveController, ReactiveControllerHost } from "lit";

type Host = ReactiveControllerHost &
  HTMLElement & { readonly state: string; readonly renderRoot: ParentNode };

/** Focus that was inside goes on in what is there. */
export class FocusController implements ReactiveController {
  readonly #host: Host;
  #wasIdle = true;
  #hadFocus = false;

  constructor(host: Host) {
    this.#host = host;
  }

  hostUpdate(): void {
    this.#hadFocus = this.#host.matches(":focus-within");
  }

  hostUpdated(): void {
    const isIdle = this.#host.state === "idle";
    if (isIdle === this.#wasIdle) return;
    this.#wasIdle = isIdle;
    if (!this.#hadFocus) return;
    this.#host.renderRoot.querySelector<HTMLElement>(isIdle ? ".choose input" : ".play")?.focus();
  }
}
