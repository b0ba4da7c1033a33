// The README's table of what works in which browser, from the results of `npm run test:browsers`.
import type { Outcome } from "./checks-page.ts";

export interface Results {
  /** By browser, in the table's order; then by check. */
  readonly [browser: string]: Readonly<Record<string, Outcome>>;
}

const MARK = { begin: "<!-- support:begin -->", end: "<!-- support:end -->" };
const CELLS = { works: "✓", lacks: "–", fails: "✗" } as const;

export function supportTable(results: Results): string {
  const browsers = Object.keys(results);
  const checks = Object.keys(results[browsers[0]]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(["", ...browsers]),
    line(["---", ...browsers.map(() => ":-:")]),
    ...checks.map((check) =>
      line([check, ...browsers.map((browser) => CELLS[results[browser][check].outcome])]),
    ),
  ].join("\n");
}

/** The text with the table put between its marks. */
export function withTable(text: string, table: string): string {
  const [before, rest] = text.split(MARK.begin);
  const after = rest?.split(MARK.end)[1];
  if (after === undefined) throw new Error(`There is no ${MARK.begin} … ${MARK.end}.`);
  return `${before}${MARK.begin}\n\n${table}\n\n${MARK.end}${after}`;
}
