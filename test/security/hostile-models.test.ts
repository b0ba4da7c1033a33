// A page that loads a hostile model gets a typed error, keeps running, and can load a good one next.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { forbiddenGraphs } from "../engine/fuzz-cases.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { fixtureJson } from "../support/models.ts";
import { int64, onnxModel, type ModelSpec } from "../../src/model/write-onnx.ts";
import { startServer, type Server } from "../support/server.ts";
import type * as HostilePage from "./hostile-page.ts";

/** With the tensors that the fixture's manifest asks for, so that only `graph` is at fault. */
const withInterface = ({ nodes, initializers = [] }: ModelSpec): Uint8Array =>
  onnxModel({
    nodes: [...nodes, { op: "Identity", inputs: ["state"], outputs: ["next_state"] }],
    initializers,
    inputs: [
      { name: "spectrum", shape: ["frames", 2, 1025, 2] },
      { name: "state", shape: [1] },
    ],
    outputs: [
      { name: "masks", shape: ["frames", 4, 2, 1025, 2] },
      { name: "next_state", shape: [1] },
    ],
  });

/** As large as a constant may make a tensor. */
const large = int64("shape", [2 ** 13, 2 ** 13]);
const fill = (output: string) => ({ op: "ConstantOfShape", inputs: ["shape"], outputs: [output] });
const masks = (input: string) => [{ op: "Identity", inputs: [input], outputs: ["masks"] }];
const parts = Array.from({ length: 30 }, (_, i) => `part${i}`);

const HOSTILE: Record<string, Uint8Array> = {
  "loop.onnx": onnxModel(forbiddenGraphs()["a loop"]),
  // Thirty quarters of a GiB, all of them wanted at once.
  "memory.onnx": withInterface({
    nodes: [...parts.map(fill), { op: "Sum", inputs: parts, outputs: ["masks"] }],
    initializers: [large],
  }),
  // A trillion multiply-accumulates: minutes.
  "endless.onnx": withInterface({
    nodes: [
      fill("a"),
      { op: "MatMul", inputs: ["a", "a"], outputs: ["b"] },
      { op: "MatMul", inputs: ["b", "a"], outputs: ["c"] },
      ...masks("c"),
    ],
    initializers: [large],
  }),
};

let folder: string;
let server: Server;
let browser: Browser;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "danna-hostile-"));
  const json = await fixtureJson("identity");
  for (const [file, bytes] of Object.entries(HOSTILE)) {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const manifest = { ...json, file, bytes: bytes.length, sha256 };
    await writeFile(path.join(folder, file), bytes);
    await writeFile(path.join(folder, file.replace(".onnx", ".json")), JSON.stringify(manifest));
  }
  const mounts = { "/dist/": "dist", "/models/": "test/models", "/hostile/": folder };
  const pages = { "/page.js": await bundleScript("test/security/hostile-page.ts") };
  server = await startServer({ mounts, isolated: true, pages });
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const load = (page: Page, model: string) =>
  page.evaluate(async (model) => {
    const { load } = (await import("/page.js" as string)) as typeof HostilePage;
    return load(model);
  }, model);

test("refused, and the page goes on", async () => {
  await withPage(browser, `${server.url}/blank`, async (page) => {
    assert.match((await load(page, "/hostile/loop.json"))!, /^model: .*"Loop" is not allowed/);
    assert.equal(await load(page, "/models/identity.json"), undefined);
  });
});

const roomy = os.freemem() > 8 * 2 ** 30;
test("out of memory", { skip: !roomy && "takes up to 4 GiB, and 8 are not free" }, async () => {
  await withPage(browser, `${server.url}/blank`, async (page, problems) => {
    const refusal = await load(page, "/hostile/memory.json");
    assert.match(refusal ?? "accepted", /^model: .*(does not load it|inference failed)/);
    assert.equal(await load(page, "/models/identity.json"), undefined);
    // ONNX Runtime says it on the console as well.
    problems.splice(0);
  });
});

test("a graph that computes for ever is given up, and its worker ended", async () => {
  await withPage(browser, `${server.url}/blank`, async (page) => {
    await page.clock.install();
    const refusal = load(page, "/hostile/endless.json");
    await page.waitForFunction(() => document.title === "arrived");
    await page.clock.runFor(130_000);
    assert.match((await refusal) ?? "accepted", /^model: .* did not start within 2 minutes/);
    assert.equal(await load(page, "/models/identity.json"), undefined);
  });
});
