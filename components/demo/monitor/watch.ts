// Notes what a separator reports while a live input goes through it. Page.
import type { StemSeparator } from "../../../src/index.ts";
import { milliseconds } from "./log.ts";

/** Time without a late stem after which that is over: not each of a busy machine's is worth a line. */
const CALM = 2000;

/** @param onStep by how many steps the separator does with less of the machine */
export function watchSeparator(
  separator: StemSeparator,
  note: (text: string) => void,
  onStep: (step: number) => void,
): void {
  const { backend, transport, manifest } = separator;
  note(
    `Separating by ${manifest.name} on ${backend}, ${transport === "shared" ? "shared memory" : "messages"}.`,
  );
  separator.on("adapt", ({ step, load, latency }) => {
    const by = `load ${(100 * load).toFixed(0)} %`;
    note(`Adapted to the machine, step ${step}, ${by}: latency ${milliseconds(latency)}.`);
    onStep(step);
  });
  let calm: ReturnType<typeof setTimeout> | undefined;
  let dry = false;
  separator.on("dry", () => {
    clearTimeout(calm);
    if (!dry) note("Stems came too late: the untouched input stands in for them.");
    dry = true;
  });
  separator.on("recovered", () => {
    clearTimeout(calm);
    calm = setTimeout(() => {
      dry = false;
      note("The stems are heard again.");
    }, CALM);
  });
  separator.on("restarting", ({ error }) => note(`The separator is replaced: ${error.message}`));
  separator.on("restarted", ({ seconds }) => note(`Replaced after ${seconds.toFixed(2)} s.`));
  separator.on("discontinuity", ({ count }) => note(`The sound’s clock jumped, ${count} in all.`));
}
