// How `split` tells what it does: a progress bar, JSON lines, or nothing but errors. Node.
import { Presets, SingleBar } from "cli-progress";
import path from "node:path";
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
  progress(progress: SplitProgress): void;
  done(result: SplitDone): void;
  failed(input: string, code: string, message: string): void;
}

const line = (stream: NodeJS.WriteStream, text: string) => void stream.write(`${text}\n`);
const clock = (seconds: number): string =>
  Number.isFinite(seconds)
    ? `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`
    : "-:--";

/** Errors alone, on standard error. */
class Quiet implements Report {
  start: Report["start"] = () => undefined;
  progress: Report["progress"] = () => undefined;
  done: Report["done"] = () => undefined;
  failed(...[, , message]: Parameters<Report["failed"]>): void {
    line(process.stderr, `danna-sep: ${message}`);
  }
}

/** A bar on a terminal, a line per file elsewhere. */
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
  start(input: string, model: string): void {
    line(process.stderr, `${path.basename(input)} (${model})`);
    this.#bar.start(100, 0, { speed: "-", left: "-:--" });
  }
  progress({ done, speed, remaining }: SplitProgress): void {
    this.#bar.update(Math.floor(100 * done), { speed: speed.toFixed(1), left: clock(remaining) });
  }
  done({ files, seconds, speed, warnings }: SplitDone): void {
    this.#bar.stop();
    for (const file of Object.values(files)) line(process.stderr, `  ${file}`);
    for (const warning of warnings) line(process.stderr, `  note: ${warning}`);
    line(process.stderr, `  ${clock(seconds)} of sound, ${speed.toFixed(1)}× real time`);
  }
  failed(...[, , message]: Parameters<Report["failed"]>): void {
    this.#bar.stop();
    line(process.stderr, `danna-sep: ${message}`);
  }
}

/** One JSON object per line on standard output; progress at most once a second. */
class Json implements Report {
  #input = "";
  #last = 0;
  #print(fields: Record<string, unknown>): void {
    line(process.stdout, JSON.stringify(fields));
  }
  start(input: string, model: string): void {
    this.#input = input;
    this.#print({ event: "start", input, model });
  }
  progress(progress: SplitProgress): void {
    if (performance.now() - this.#last < 1000) return;
    this.#last = performance.now();
    this.#print({ event: "progress", input: this.#input, ...progress });
  }
  done(result: SplitDone): void {
    this.#print({ event: "done", ...result });
  }
  failed(input: string, code: string, message: string): void {
    this.#print({ event: "error", input, code, message });
  }
}

export function createReport({ json, quiet }: { json: boolean; quiet: boolean }): Report {
  if (json) return new Json();
  return quiet ? new Quiet() : new Human();
}
