// What happened to a live input, line by line with its time. Pure; any thread.
import type { LatencyMode, SeparatorStats } from "../../../src/index.ts";
import { isSilent, type Trouble } from "./troubles.ts";

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
}

/** Lines that are kept: a day of one a minute, and as many mishaps again. */
const MOST_LINES = 3000;

const two = (number: number) => String(number).padStart(2, "0");

/** Local time of day to the millisecond. */
export function clockTime(time: number): string {
  const date = new Date(time);
  const day = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

export class MonitorLog {
  #lines: LogLine[] = [];
  #dropped = 0;

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  add(time: number, text: string): LogLine {
    const line = { time, text };
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) {
      this.#lines.shift();
      this.#dropped++;
    }
    return line;
  }

  /** A text file: date, `heading`, lines. */
  asText(time: number, heading: readonly string[]): string {
    const dropped = this.#dropped > 0 ? [`(${this.#dropped} earlier lines are not kept)`] : [];
    const lines = this.#lines.map((line) => `${clockTime(line.time)}  ${line.text}`);
    const head = [`Danna-Sep Live, monitor: ${new Date(time).toString()}`, ...heading, ""];
    return [...head, ...dropped, ...lines, ""].join("\n");
  }
}

/** What the log follows of a monitor. */
export interface Facts {
  readonly listening: boolean;
  /** Of the device; empty while none is open. */
  readonly input: string;
  readonly channels: string;
  /** Of the device, in Hz. */
  readonly rate: number | undefined;
  readonly output: string;
  readonly mode: LatencyMode;
  /** Seconds from input to output, without the devices'. */
  readonly latency: number;
  /** Whether nothing is let out until headphones or a line input are confirmed. */
  readonly guarded: boolean;
  readonly trouble: Trouble | undefined;
}

export const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(1)} ms`;

/** What has changed, in words; a trouble first, and its end last. */
export function changes(before: Facts, now: Facts): string[] {
  const lines: string[] = [];
  const differs = (name: keyof Facts) => before[name] !== now[name];
  const other = before.trouble?.kind !== now.trouble?.kind;
  if (other && now.trouble) lines.push(`${now.trouble.title}.`);
  if (now.listening && (!before.listening || differs("input") || differs("channels"))) {
    const rate = now.rate === undefined ? "" : `, ${now.rate} Hz`;
    lines.push(`Listening to ${now.input || "an input without a name"}, ${now.channels}${rate}.`);
  } else if (before.listening && now.listening && differs("rate") && now.rate !== undefined) {
    lines.push(`The input’s rate changed from ${before.rate ?? "?"} to ${now.rate} Hz.`);
  }
  if (before.listening && !now.listening && !now.trouble) lines.push("Stopped.");
  if (differs("output")) lines.push(`Output: ${now.output}.`);
  if (differs("mode")) lines.push(`Latency mode: ${now.mode}.`);
  if (now.latency !== before.latency && now.latency > 0) {
    const from = before.latency > 0 ? `${milliseconds(before.latency)} → ` : "";
    lines.push(`Latency: ${from}${milliseconds(now.latency)}.`);
  }
  if (now.listening && now.guarded && (differs("guarded") || !before.listening)) {
    lines.push("Silent until headphones or a line input are confirmed.");
  }
  if (before.guarded && !now.guarded) lines.push("Let out.");
  const audible = now.listening && !isSilent(now.trouble);
  if (audible && isSilent(before.trouble)) lines.push("Sound is back.");
  if (audible && other && before.trouble?.kind === "load")
    lines.push("The machine has room again.");
  return lines;
}

/** Seconds, and of each second, by which a device's clock and the computer's may differ with nothing amiss. */
const CLOCKS = { start: 0.25, drift: 2e-4 };

/**
 * Of a stretch of listening: what was separated, and that nothing was lost.
 * @param played seconds of it by the sound's clock: on a full machine a browser may leave out sound at its devices, of
 *   which no one else hears
 */
export function summary(seconds: number, stats: SeparatorStats, played = seconds): string {
  const { hops, lateHops, underruns, overruns, discontinuities, restarts } = stats;
  const time = `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))}`;
  const lost = overruns + discontinuities;
  const missing = seconds - played;
  const left = missing > CLOCKS.start + CLOCKS.drift * seconds;
  return (
    `${time} heard: ${hops} hops, ${lateHops} late, ${underruns} unseparated, ${lost} lost, ` +
    `${restarts} restarts, load ${(100 * stats.load).toFixed(0)} %.` +
    (left ? ` The browser left out ${missing.toFixed(1)} s of sound.` : "")
  );
}
