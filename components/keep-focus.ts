// Focus that stays in an element when an update takes what had it, or makes it of no use: else it falls to the page, whose
// keys are not the element's. Page thread.
import type { ReactiveControllerHost } from "lit";

/** `instead` selects what gets the focus where no button is beside what had it. */
export function keepFocusIn(host: ReactiveControllerHost & HTMLElement, instead: string): void {
  let hadFocus = false;
  host.addController({
    hostUpdate() {
      hadFocus = host.shadowRoot !== null && host.shadowRoot.activeElement !== null;
    },
    hostUpdated() {
      const root = host.shadowRoot!;
      const active = root.activeElement;
      if (!hadFocus || (active && !active.matches(":disabled"))) return;
      const beside = active?.parentElement?.querySelector<HTMLElement>("button:enabled");
      (beside ?? root.querySelector<HTMLElement>(instead))?.focus();
    },
  });
}
