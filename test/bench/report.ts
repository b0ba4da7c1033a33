// The benchmark's report: one HTML file that needs nothing else, its plots as SVG by Vega. Runs in Node.
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { StartUp } from "./bench-page.ts";
import { describe, rows, type Figures } from "./figures.ts";
import type { InstancesResult } from "./report-page.ts";

export interface NetworkCost {
  name: string;
  kind: "ours" | "size" | "published";
  /** Per second of audio. */
  multiplyAccumulates: number;
  /** Seconds of one core per second of audio. */
  cost: number;
}

export interface Report {
  figures: Figures;
  /** Of single hops, in ms. */
  hops: { model: readonly number[]; transforms: readonly number[] };
  instances: readonly InstancesResult[];
  /** Milliseconds, by latency mode. */
  impulses: readonly { latencyMode: string; stated: number; measured: number }[];
  /** Null where no first sample was separated in time. */
  startUp: { cold: StartUp | null; warm: StartUp | null };
  /** Of the page's process, in MB, by seconds of live separation; empty where it cannot be had. */
  memory: readonly { seconds: number; megabytes: number }[];
  /** Recordings of several lengths, split in Node; seconds. */
  splitting: readonly { audio: number; took: number }[];
  networks: readonly NetworkCost[];
  /** Seconds of one core per second of stereo audio. */
  peers: Readonly<Record<"centre" | "rnnoise", number>>;
  /** Multiply-accumulates a second of the runtime: of large matrices, and of one row at a time. */
  productSpeed: { matrix: number; row: number };
}

const COLOURS = ["#2f6f8f", "#c8553d", "#7a9e3c", "#8a6fb0", "#c59a2b"];

async function plot(spec: object): Promise<string> {
  const whole = {
    width: 640,
    height: 260,
    background: "transparent",
    config: {
      font: "system-ui, sans-serif",
      range: { category: COLOURS },
      view: { stroke: null },
      legend: { orient: "bottom", labelLimit: 400, labelFontSize: 12 },
      axis: { grid: true, gridColor: "#8883", domainColor: "#888", tickColor: "#888" },
    },
    ...spec,
  } as TopLevelSpec;
  const view = new vega.View(vega.parse(compile(whole).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

const axis = (field: string, title: string, more: object = {}) => ({
  field,
  type: "quantitative",
  title,
  ...more,
});

function hopTimes({ hops, figures }: Report): Promise<string> {
  const of = (kind: string, times: readonly number[]) =>
    times.map((time) => ({ kind, time: Math.max(time, 0.01) }));
  return plot({
    data: {
      values: [
        ...of("model", hops.model),
        ...of("transforms and masks", hops.transforms),
        { kind: "limit", limit: figures.hopDuration },
      ],
    },
    layer: [
      {
        transform: [
          { filter: "isValid(datum.time)" },
          {
            window: [{ op: "cume_dist", as: "share" }],
            sort: [{ field: "time" }],
            groupby: ["kind"],
          },
        ],
        mark: { type: "line", interpolate: "step-after" },
        encoding: {
          x: axis("time", "ms per hop", { scale: { type: "log" } }),
          y: axis("share", "share of hops that take at most this", { axis: { format: "%" } }),
          color: { field: "kind", type: "nominal", title: null },
        },
      },
      {
        transform: [{ filter: "isValid(datum.limit)" }],
        mark: { type: "rule", strokeDash: [4, 4], color: "#888" },
        encoding: { x: axis("limit", "ms per hop") },
      },
    ],
  });
}

const line = (values: readonly object[], x: object, y: object) =>
  plot({
    data: { values },
    mark: { type: "line", point: true, color: COLOURS[0] },
    encoding: { x, y },
  });

function instancePlot({ instances }: Report): Promise<string> {
  const values = instances.flatMap(({ count, load, late, dry }) => [
    { count, what: "time of the hops, waits for a core included", value: load },
    { count, what: "hops late", value: late },
    { count, what: "hops heard dry", value: dry },
  ]);
  return plot({
    data: { values },
    mark: { type: "line", point: true },
    encoding: {
      x: axis("count", "separators at once", { axis: { tickMinStep: 1, format: "d" } }),
      y: axis("value", null as never, { axis: { format: "%" } }),
      color: { field: "what", type: "nominal", title: null },
    },
  });
}

function impulsePlot({ impulses }: Report): Promise<string> {
  const values = impulses.flatMap(({ latencyMode, stated, measured }) => [
    { latencyMode, what: "stated", time: stated },
    { latencyMode, what: "impulse in to impulse out", time: measured },
  ]);
  return plot({
    height: 160,
    data: { values },
    mark: "bar",
    encoding: {
      y: { field: "latencyMode", type: "nominal", title: null, sort: null },
      yOffset: { field: "what", sort: null },
      x: axis("time", "ms"),
      color: { field: "what", type: "nominal", title: null, sort: null },
    },
  });
}

const STEPS: readonly [step: string, from: keyof StartUp | undefined, to: keyof StartUp][] = [
  ["page", undefined, "page"],
  ["library", "page", "library"],
  ["model downloaded", "library", "model"],
  ["checked and warmed up", "model", "ready"],
  ["first separated sample", "ready", "sample"],
];

function startPlot({ startUp }: Report): Promise<string> {
  const values = Object.entries(startUp).flatMap(([visit, times]) =>
    (times ? STEPS : []).map(([step, from, to], order) => {
      return { visit, step, order, from: from ? times![from] : 0, to: times![to] };
    }),
  );
  return plot({
    height: 90,
    data: { values },
    mark: "bar",
    encoding: {
      y: { field: "visit", type: "nominal", title: null, sort: null },
      x: axis("from", "ms since the start of the navigation"),
      x2: { field: "to" },
      color: { field: "step", type: "nominal", title: null, sort: STEPS.map(([step]) => step) },
    },
  });
}

function networkPlot({ networks, productSpeed }: Report): Promise<string> {
  const values = networks.map(({ name, kind, multiplyAccumulates, cost }) => {
    return { name, kind, speed: multiplyAccumulates / 1e9, cost };
  });
  const speeds = values.map(({ speed }) => speed);
  const limit = [Math.min(...speeds), Math.max(...speeds)].flatMap((speed) =>
    Object.entries(productSpeed).map(([product, perSecond]) => {
      return { speed, product, cost: (1e9 * speed) / perSecond };
    }),
  );
  const x = axis("speed", "billion multiply-accumulates per second of audio", {
    scale: { type: "log" },
  });
  const y = axis("cost", "seconds of one core per second of audio", { scale: { type: "log" } });
  return plot({
    height: 340,
    layer: [
      {
        data: { values: limit },
        mark: { type: "line", color: "#888" },
        encoding: { x, y, strokeDash: { field: "product", title: "limit: products by" } },
      },
      {
        data: { values },
        mark: { type: "point", filled: true, size: 90 },
        encoding: { x, y, color: { field: "kind", type: "nominal", title: null } },
      },
      {
        data: { values },
        mark: { type: "text", align: "right", dx: -8, dy: -6, fill: "currentColor" },
        encoding: { x, y, text: { field: "name" } },
      },
    ],
  });
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${cells("th", head)}</thead><tbody>${body.map((row) => cells("td", row)).join("")}</tbody></table>`;
}

/** "0.25 %", "1200 %": two digits that count. */
const percent = (share: number) =>
  `${Number((100 * share).toPrecision(2)).toLocaleString("en", { maximumFractionDigits: 6, useGrouping: false })} %`;

function peerTable({ networks, peers, productSpeed }: Report): string {
  const simple = [
    ["Centre cancelling (left minus right)", "", percent(peers.centre), ""],
    ["Noise suppressor, RNNoise on both channels", "", percent(peers.rnnoise), ""],
  ];
  const others = [...networks]
    .sort((a, b) => a.cost - b.cost)
    .map(({ name, multiplyAccumulates, cost }) => [
      name,
      `${(multiplyAccumulates / 1e9).toPrecision(3)}`,
      percent(cost),
      percent(multiplyAccumulates / cost / productSpeed.matrix),
    ]);
  return table(
    ["", "billion MACs a second", "of one core", "of the speed of matrix products"],
    [...simple, ...others],
  );
}

/** Share of hops. */
export const TOO_LATE = 0.01;

/** How many run at once before one hop in a hundred is late. */
export function mostInstances(instances: Report["instances"]): number {
  const late = instances.find(({ late, dry }) => late + dry > TOO_LATE);
  return late ? late.count - 1 : (instances.at(-1)?.count ?? 0);
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:48rem;margin:2rem auto;padding:0 1rem}svg{max-width:100%;height:auto;display:block}
svg text{fill:currentColor}table{border-collapse:collapse;margin:1rem 0}
th,td{text-align:left;padding:.2rem 1rem .2rem 0;border-bottom:1px solid #8884}
td:not(:first-child){font-variant-numeric:tabular-nums}h2{margin-top:2.5rem}`;

/** The page, whole. */
export async function html(report: Report): Promise<string> {
  const { figures, instances, memory, splitting, productSpeed } = report;
  const ratio = (from: number, to: number) =>
    splitting[to].took / splitting[from].took / (splitting[to].audio / splitting[from].audio);
  const sections: [title: string, text: string, content: string][] = [
    [
      "Figures",
      describe(figures),
      table(
        ["Figure", "Measured"],
        rows(figures).map((row) => row.map((cell) => cell.replaceAll("`", ""))),
      ),
    ],
    [
      "Time of a hop",
      `At the pace of live audio. The dashed line is the length of a hop, ${figures.hopDuration.toFixed(1)} ms.`,
      await hopTimes(report),
    ],
    [
      "Separators at once",
      `In one page, in real time. ${mostInstances(instances)} run with at most one hop in a hundred late` +
        ` (tried: up to ${instances.at(-1)?.count ?? 0}).`,
      await instancePlot(report),
    ],
    [
      "Latency by latency mode",
      "An impulse into a running context, and where it comes out.",
      await impulsePlot(report),
    ],
    [
      "Start",
      "Cold: a new profile. Warm: its next visit, with the model kept from the first.",
      await startPlot(report),
    ],
    [
      "Memory",
      "Of the page's process while it separates live: its own, and its part of what is shared.",
      memory.length === 0
        ? "<p>This system does not tell.</p>"
        : await line(
            memory,
            axis("seconds", "seconds of live separation"),
            axis("megabytes", "MB", { scale: { zero: true } }),
          ),
    ],
    [
      "Splitting files",
      splitting.length > 1
        ? `In Node, with the same model. The longest takes ${ratio(0, splitting.length - 1).toFixed(2)} times ` +
          "as long per second of audio as the shortest, model and workers loaded anew each time."
        : "",
      await line(
        splitting,
        axis("audio", "seconds of audio"),
        axis("took", "seconds until all stems are there"),
      ),
    ],
    [
      "Cost against size, and what others cost",
      `All networks in the same runtime, on one thread, with random weights where they are not ours. ` +
        `The lines are its measured speed: ${(productSpeed.matrix / 1e9).toFixed(1)} billion ` +
        `multiply-accumulates a second for products of large matrices, ` +
        `${(productSpeed.row / 1e9).toFixed(1)} for one row at a time.`,
      (await networkPlot(report)) + peerTable(report),
    ],
  ];
  const body = sections
    .map(([title, text, content]) => `<h2>${title}</h2><p>${escaped(text)}</p>${content}`)
    .join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Danna-Sep Live: benchmark</title>
<style>${STYLE}</style><h1>Danna-Sep Live: benchmark</h1>
${body}</html>
`;
}
