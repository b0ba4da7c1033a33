// The log as the page shows it, and as a file to save. Page.
import { clockTime, MonitorLog } from "./log.ts";

/** Lines that the page shows; the file has more. */
const MOST_SHOWN = 300;

export class LogView {
  readonly #log = new MonitorLog();

  /** @param lines the element that gets a paragraph for each line */
  constructor(private readonly lines: HTMLElement) {}

  /** Adds a line, and shows it where the end is in view. */
  note(text: string): void {
    const { lines } = this;
    const { time } = this.#log.add(Date.now(), text);
    const line = document.createElement("p");
    const clock = document.createElement("time");
    clock.textContent = clockTime(time);
    line.append(clock, text);
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
    lines.append(line);
    if (lines.childElementCount > MOST_SHOWN) lines.firstElementChild?.remove();
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  }

  /** Lets the browser save all lines under a name with the present time. */
  save(heading: readonly string[]): void {
    const now = Date.now();
    const text = this.#log.asText(now, heading);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = `monitor-${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
