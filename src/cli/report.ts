// How `split` tells what it does: a progress bar, JSON lines, or nothing but errors. Node.
import { Presets, SingleBar } from "cli-progress";
import path from "node:path";
import { terminalText } from "./terminal-text.ts";
import type { SplitProgress } from "../split/split-file.ts";

export interface SplitDone {
  input: string;
  files: Record<string, string>;
  /** Seconds of sound. */
  seconds: number;
  /** Seconds of sound per second of time. */
  speed: number;
  warnings: string[];
}

export interface Report {
  start(input: string, model: string): void;
  progress(input: string, progress: SplitProgress): void;
  done(result: SplitDone): void;
  failed(input: string, code: string, message: string): void;
  /** Of what is not split, and why. */
  note(text: string): void;
  /** Gives the terminal back; a bar would keep the process alive. */
  close(): void;
}

const line = (stream: NodeJS.WriteStream, text: string) =>
  void stream.write(`${terminalText(text)}\n`);
const clock = (seconds: number): string =>
  Number.isFinite(seconds)
    ? `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`
    : "-:--";

/** Errors alone, on standard error. */
class Quiet implements Report {
  start: Report["start"] = () => undefined;
  progress: Report["progress"] = () => undefined;
  done: Report["done"] = () => undefined;
  note: Report["note"] = () => undefined;
  close: Report["close"] = () => undefined;
  failed(...[, , message]: Parameters<Report["failed"]>): void {
    line(process.stderr, `danna-sep: ${message}`);
  }
}

/** A bar on a terminal for the files under way, a line per file elsewhere. */
class Human implements Report {
  readonly #bar = new SingleBar(
    {
      format: "  {bar} {percentage}% | {speed}× real time | {left} left",
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  readonly #running = new Map<string, SplitProgress>();
  /** Whose name was printed last. */
  #heading: string | undefined;
  start(input: string, model: string): void {
    this.#bar.stop();
    line(process.stderr, `${path.basename(input)} (${model})`);
    this.#heading = input;
    this.#running.set(input, { done: 0, seconds: 0, speed: 0, remaining: Infinity });
    this.#draw();
  }
  progress(input: string, progress: SplitProgress): void {
    this.#running.set(input, progress);
    this.#bar.update(...this.#state());
  }
  #state(): [number, { speed: string; left: string }] {
    const all = [...this.#running.values()];
    const sum = (of: (progress: SplitProgress) => number) =>
      all.reduce((total, progress) => total + of(progress), 0);
    const left = clock(Math.max(...all.map(({ remaining }) => remaining)));
    const done = Math.floor((100 * sum(({ done }) => done)) / all.length);
    return [done, { speed: sum(({ speed }) => speed).toFixed(1), left }];
  }
  /** After lines were printed. */
  #draw(): void {
    if (this.#running.size > 0) this.#bar.start(100, ...this.#state());
  }
  #end(input: string): void {
    this.#bar.stop();
    this.#running.delete(input);
  }
  done({ input, files, seconds, speed, warnings }: SplitDone): void {
    this.#end(input);
    // Several files at a time end in any order.
    if (this.#heading !== input) line(process.stderr, path.basename(input));
    this.#heading = undefined;
    for (const file of Object.values(files)) line(process.stderr, `  ${file}`);
    for (const warning of warnings) line(process.stderr, `  note: ${warning}`);
    line(process.stderr, `  ${clock(seconds)} of sound, ${speed.toFixed(1)}× real time`);
    this.#draw();
  }
  failed(...[input, , message]: Parameters<Report["failed"]>): void {
    this.#end(input);
    line(process.stderr, `danna-sep: ${message}`);
    this.#draw();
  }
  note(text: string): void {
    line(process.stderr, `note: ${text}`);
  }
  close(): void {
    this.#bar.stop();
  }
}

/** One JSON object per line on standard output; progress of a file at most once a second. */
class Json implements Report {
  readonly #last = new Map<string, number>();
  #print(fields: Record<string, unknown>): void {
    line(process.stdout, JSON.stringify(fields));
  }
  start(input: string, model: string): void {
    this.#print({ event: "start", input, model });
  }
  progress(input: string, progress: SplitProgress): void {
    const now = performance.now();
    if (now - (this.#last.get(input) ?? 0) < 1000) return;
    this.#last.set(input, now);
    this.#print({ event: "progress", input, ...progress });
  }
  done(result: SplitDone): void {
    this.#print({ event: "done", ...result });
  }
  failed(input: string, code: string, message: string): void {
    this.#print({ event: "error", input, code, message });
  }
  note(message: string): void {
    this.#print({ event: "note", message });
  }
  close: Report["close"] = () => undefined;
}

export function createReport({ json, quiet }: { json: boolean; quiet: boolean }): Report {
  if (json) return new Json();
  return quiet ? new Quiet() : new Human();
}
