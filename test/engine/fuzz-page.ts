// Browser side of the fuzz tests: starts the worker, anew where its runtime fell over, and notices
// when it hangs. Page.
import type { FuzzMessage, FuzzOptions } from "./fuzz-worker.ts";

/** Nothing that may be loaded here takes as long. */
const PATIENCE = 30_000;

export interface FuzzResult {
  /** Cases that were run. */
  cases: number;
  /** Cases by what came of them. */
  outcomes: Record<string, number>;
  /** What the runtime said when it fell over. */
  traps: string[];
  /** Seed and case of what was no typed error, or of what hung. */
  failures: string[];
}

export async function fuzzModels(options: FuzzOptions): Promise<FuzzResult> {
  const result: FuzzResult = { cases: 0, outcomes: {}, traps: [], failures: [] };
  for (let { seed } = options; result.cases < options.runs; seed++) {
    await runWorker({ ...options, seed, runs: options.runs - result.cases }, result);
    if (result.failures.length > 0) break;
  }
  return result;
}

function runWorker(options: FuzzOptions, result: FuzzResult): Promise<void> {
  const worker = new Worker("/fuzz-worker.js", { type: "module" });
  let cases = 0;
  return new Promise<void>((resolve) => {
    let timer: ReturnType<typeof setTimeout>;
    const fail = (what: string) => {
      result.failures.push(`seed ${options.seed}, case ${cases}: ${what}`);
      resolve();
    };
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(`no answer for ${PATIENCE} ms`), PATIENCE);
    };
    watch();
    worker.onerror = (event) => fail(`the worker crashed: ${event.message}`);
    worker.onmessage = ({ data }: MessageEvent<FuzzMessage>) => {
      watch();
      if (data.type === "case") {
        cases++;
      } else if (data.type === "trap") {
        result.traps.push(data.reason);
        resolve();
      } else {
        clearTimeout(timer);
        for (const [code, count] of Object.entries(data.outcomes)) {
          result.outcomes[code] = (result.outcomes[code] ?? 0) + count;
        }
        if (data.failure) fail(data.failure);
        resolve();
      }
    };
    worker.postMessage(options);
  }).finally(() => {
    result.cases += cases;
    worker.terminate();
  });
}
