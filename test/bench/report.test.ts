// The benchmark's report is whole, needs no other file, and says what it was given.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGraphFile } from "../../src/model/check-onnx.ts";
import type { Figures } from "./figures.ts";
import { convTasNet, openUnmix, product, recurrentNetwork } from "./graphs.ts";
import { html, mostInstances, type Report } from "./report.ts";

const three = { p50: 1, p95: 2, p99: 3 };
const figures: Figures = {
  machine: {
    processor: "<b>fast</b>",
    cores: 2,
    memory: 8,
    system: "Debian",
    browser: "Chromium 1",
    loadBefore: 0.1,
  },
  model: { name: "tiny", sha256: "0".repeat(64), multiplyAccumulatesPerHop: 1e6 },
  hopDuration: 11.6,
  modelTime: three,
  transformTime: three,
  live: {
    ...{ load: 0.1, processLoad: 0.2, hopTimeP50: 1, hopTimeP99: 2 },
    ...{ hops: 100, lateHops: 0, underruns: 0 },
  },
  latency: { monitor: 34.9 },
  sampleRate: 44_100,
  firstSample: { cold: 1000, warm: 500 },
  scriptSize: { page: 1, worker: 1, worklet: 1 },
};
const start = { page: 10, library: 50, model: 300, ready: 900, sample: 1000 };
const report: Report = {
  figures,
  hops: { model: [1, 2, 3], transforms: [0.1, 0.2, 0.3] },
  instances: [
    { count: 1, load: 0.1, late: 0, dry: 0 },
    { count: 2, load: 0.2, late: 0.001, dry: 0 },
    { count: 3, load: 0.3, late: 0.2, dry: 0.1 },
  ],
  impulses: [{ latencyMode: "monitor", stated: 34.9, measured: 34.9 }],
  startUp: { cold: start, warm: start },
  memory: [
    { seconds: 0, megabytes: 100 },
    { seconds: 1, megabytes: 101 },
  ],
  splitting: [
    { audio: 10, took: 1 },
    { audio: 20, took: 2 },
  ],
  networks: [
    { name: "tiny", kind: "ours", multiplyAccumulates: 1e8, cost: 0.02 },
    { name: "large", kind: "published", multiplyAccumulates: 5e10, cost: 12 },
  ],
  peers: { centre: 1e-5, rnnoise: 0.02 },
  productSpeed: { matrix: 1e10, row: 5e9 },
};

test("one page with every plot, and nothing from elsewhere", async () => {
  const page = await html(report);
  assert.equal(page.match(/<svg /g)?.length, 7);
  assert.doesNotMatch(page, /<script|<link|<img|src=|@import|NaN|undefined/);
  assert.doesNotMatch(page, /<b>fast/);
  assert.match(page, /&#60;b&#62;fast/);
  assert.match(page, /2 run with at most one hop in a hundred late/);
  assert.match(page, /takes 1\.00 times as long per second/);
  assert.match(page, /<td>large<\/td><td>50\.0<\/td><td>1200 %<\/td><td>42 %<\/td>/);
});

test("how many run at once: those before the first that is late, or all that were tried", () => {
  assert.equal(mostInstances(report.instances), 2);
  assert.equal(mostInstances(report.instances.slice(0, 2)), 2);
  assert.equal(mostInstances(report.instances.slice(2)), 2);
});

test("networks are as large as published", () => {
  for (const network of [recurrentNetwork(32), openUnmix(), convTasNet(), product(1)]) {
    checkGraphFile(network.name, network.bytes);
  }
  const floats = ({ bytes }: { bytes: Uint8Array }) => bytes.length / 4e6;
  // Open-Unmix: 8.9 million parameters a stem with LSTMs in both directions of half the width.
  assert.ok(Math.abs(floats(openUnmix()) - 10.4) < 0.2, String(floats(openUnmix())));
  assert.ok(Math.abs(floats(convTasNet()) - 13) < 0.5, String(floats(convTasNet())));
  assert.equal(product(2, 10).multiplyAccumulates, 200);
});
