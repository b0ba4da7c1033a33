// Songs dropped anywhere on a demo page. Page.
import type { StemMixer } from "../stem-mixer.ts";

/** Gives the mixer what is dropped beside it, which the browser would leave the page for. */
export function takeDrops(mixer: StemMixer): void {
  for (const type of ["dragover", "drop"] as const) {
    document.addEventListener(type, (event) => {
      // What is dropped on the mixer is the mixer's.
      if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (type === "drop") mixer.takeDrop(event.dataTransfer);
    });
  }
}
