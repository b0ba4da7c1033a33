// What options of a split may be. Any thread; pure.
import { checkOption, DannaError } from "../errors.ts";

export const MOST_WORKERS = 64;

interface Options {
  readonly from?: number;
  readonly workers?: number;
  readonly load?: number;
  readonly backend?: string;
}

/** @throws DannaError "input" that names the option */
export function checkOptions({ from = 0, workers = 0, load = 1, backend }: Options): void {
  checkOption("backend", backend, ["auto", "wasm", "webgpu", "native"]);
  const check = (holds: boolean, option: string, expected: string, value: number) => {
    if (!holds) throw new DannaError("input", `"${option}" must be ${expected}, not ${value}.`);
  };
  check(from >= 0 && from < Infinity, "from", "a number of seconds, 0 or more", from);
  const whole = Number.isInteger(workers) && workers >= 0 && workers <= MOST_WORKERS;
  check(whole, "workers", `a whole number from 0 to ${MOST_WORKERS}`, workers);
  check(load > 0 && load <= 1, "load", "a number above 0 up to 1", load);
}
