// `?debug` behind a demo page's address: state changes of the mixer, events of its separator and the
// worker's figures, in a panel. Page; loaded only when asked for.
import type { SeparatorEvents, StemSeparator } from "../../src/index.ts";
import type { StemMixer } from "../stem-mixer.ts";

const EVENTS = [
  "late",
  "dry",
  "recovered",
  "discontinuity",
  "restarting",
  "restarted",
  "adapt",
  "latency",
  "error",
  "dispose",
] as const satisfies (keyof SeparatorEvents)[];

/** Lines that the panel keeps. */
const MOST_LINES = 40;

/** Shows what `mixer` does from now on. */
export function showDebug(mixer: StemMixer): void {
  const panel = document.createElement("pre");
  const figures = panel.appendChild(document.createElement("output"));
  const lines = panel.appendChild(document.createElement("div"));
  panel.style.cssText =
    "position:fixed;inset:auto 0 0 0;max-height:35vh;overflow:auto;margin:0;padding:0.5em;" +
    "background:Canvas;color:CanvasText;border-top:1px solid;font-size:0.75rem;z-index:9";
  document.body.append(panel);

  const log = (what: string, detail: unknown) => {
    const text = JSON.stringify(detail, (_, value: unknown) =>
      value instanceof Error ? String(value) : value,
    );
    lines.prepend(`${(performance.now() / 1000).toFixed(3)} s  ${what} ${text ?? ""}\n`);
    if (lines.childNodes.length > MOST_LINES) lines.lastChild?.remove();
  };

  let followed: StemSeparator | undefined;
  const follow = () => {
    const { separator } = mixer;
    if (!separator || separator === followed) return;
    followed = separator;
    const { backend, transport, latency, manifest } = separator;
    log("separator", { model: manifest.name, backend, transport, latency });
    for (const type of EVENTS) separator.on(type, (detail: unknown) => log(type, detail));
    separator.on("stats", (stats) => {
      figures.textContent = `${JSON.stringify(stats)}\n\n`;
    });
  };
  for (const type of ["stem-state-change", "stem-quality-change", "stem-error"] as const) {
    mixer.addEventListener(type, ({ detail }) => {
      log(type, detail);
      follow();
    });
  }
}
