// What the benchmark measures, and how it is shown. Pure.

/** Of one kind of time, in ms. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Of a page's first visit, and of its next one in the same profile. */
export interface FirstSample {
  cold: number | null;
  warm: number | null;
}

export interface Figures {
  machine: {
    processor: string;
    cores: number;
    /** GiB. */
    memory: number;
    system: string;
    browser: string;
    /** Processes that wanted a core, on average over the minute before, by the kernel's count. */
    loadBefore: number;
  };
  model: { name: string; sha256: string; multiplyAccumulatesPerHop: number | undefined };
  /** Length of a hop in ms: what all times per hop are to be held against. */
  hopDuration: number;
  /** Per hop, in a worker, at the pace of live audio. */
  modelTime: Percentiles;
  transformTime: Percentiles;
  /** The demo song through the whole chain, live. */
  live: {
    /** Share of one core that the inference worker takes. */
    load: number;
    /** Share of one core that the page's whole process takes: audio thread and page as well. */
    processLoad: number;
    hopTimeP50: number;
    hopTimeP99: number;
    hops: number;
    lateHops: number;
    /** Hops heard dry. */
    underruns: number;
  };
  /** Added latency in ms, by latency mode, at the device's rate. */
  latency: Record<string, number>;
  sampleRate: number;
  /**
   * From the start of the navigation to the first separated sample, in ms; null where the machine
   * was too busy each time to separate it before it was heard.
   */
  firstSample: FirstSample;
  /** Those times as shares of an older version's, medians of pairs of visits; where one was given. */
  firstSampleAgainst?: FirstSample;
  /** Gzipped bytes of script without ONNX Runtime and model: first load, by what it is for. */
  scriptSize: { page: number; worker: number; worklet: number };
}

/** @param times in any order; not empty */
export function percentiles(times: readonly number[]): Percentiles {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const ms = (time: number | null) =>
  time === null ? "not in time" : `${time.toFixed(time < 10 ? 2 : 0)} ms`;
const ratio = (share: number | null) => (share === null ? "no pair in time" : share.toFixed(2));
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
const three = ({ p50, p95, p99 }: Percentiles) => [p50, p95, p99].map(ms).join(" / ");

/** What was measured, on what, in one sentence. */
export function describe({ machine, model, sampleRate }: Figures): string {
  const macs = model.multiplyAccumulatesPerHop;
  const size = macs === undefined ? "" : `, ${(macs / 1e6).toFixed(1)} million MACs a hop`;
  return (
    `${machine.processor}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.system}, ` +
    `${machine.browser}, audio at ${sampleRate} Hz; model "${model.name}" ` +
    `(${model.sha256.slice(0, 8)}${size}); ${machine.loadBefore.toFixed(1)} processes busy beforehand.`
  );
}

/** Name and value of every figure. */
export function rows(figures: Figures): [name: string, value: string][] {
  const { live, scriptSize } = figures;
  const { page, worker, worklet } = scriptSize;
  return [
    [`Model per hop of ${ms(figures.hopDuration)}, p50 / p95 / p99`, three(figures.modelTime)],
    ["Transforms and masks per hop, p50 / p95 / p99", three(figures.transformTime)],
    [
      "Live: whole hop in the worker, p50 / p99",
      [live.hopTimeP50, live.hopTimeP99].map(ms).join(" / "),
    ],
    ["Live: load of one core, inference worker", percent(live.load)],
    ["Live: load of one core, the page's whole process", percent(live.processLoad)],
    ["Live: hops / late / heard dry", [live.hops, live.lateHops, live.underruns].join(" / ")],
    ...Object.entries(figures.latency).map(([latencyMode, latency]): [string, string] => [
      `Added latency, \`${latencyMode}\``,
      `${latency.toFixed(1)} ms`,
    ]),
    ...(["cold", "warm"] as const).map((visit): [string, string] => {
      const share = figures.firstSampleAgainst?.[visit];
      const against = share === undefined ? "" : ` (${ratio(share)} of the older version's)`;
      return [
        `Page load to first separated sample, ${visit}`,
        ms(figures.firstSample[visit]) + against,
      ];
    }),
    [
      "Script, gzipped: page + worker + worklet",
      `${[page, worker, worklet].map(kilobytes).join(" + ")} = ${kilobytes(page + worker + worklet)}`,
    ],
  ];
}

/** A Markdown table, with the machine in the line before it. */
export function markdown(figures: Figures): string {
  return [
    describe(figures),
    "",
    "| Figure | Measured |",
    "|---|---|",
    ...rows(figures).map(([name, value]) => `| ${name} | ${value} |`),
  ].join("\n");
}
