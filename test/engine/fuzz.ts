// Runs the fuzz tests' cases, as many as the caller has time for, and prints the seed that repeats
// them. Runs in Node, the models in a worker of a real Chromium.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { DannaError } from "../../src/errors.ts";
import { loadManifest, loadStreamingManifest } from "../../src/model/manifest.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { fixtureJson, type Fixture } from "../support/models.ts";
import { startServer } from "../support/server.ts";
import { damaged } from "./fuzz-cases.ts";
import type * as FuzzPage from "./fuzz-page.ts";

const FIXTURES: readonly Fixture[] = ["identity", "recurrent", "spectra", "faulty"];

/** The environment's FUZZ_SEED repeats a run. */
const seedOf = (t: TestContext): number => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`FUZZ_SEED=${seed} repeats this run`);
  return seed;
};

const BLEND = {
  format: 1,
  kind: "blend",
  name: "blend",
  licence: "CC0-1.0",
  trainedOn: [],
  scores: {},
  models: ["one", "two"].map((model) => ({
    model,
    weights: { vocals: 0.5, drums: 0.5, bass: 0.5, other: 0.5 },
  })),
  wiener: { iterations: 1, weights: { vocals: 0.5 } },
};

/** Damaged manifests of every kind are read, or refused with a typed error. */
export async function fuzzManifests(t: TestContext, runs: number): Promise<void> {
  const seed = seedOf(t);
  const good = [
    ...(await Promise.all([...FIXTURES, "branches" as const].map(fixtureJson))),
    { ...(await fixtureJson("recurrent")), segment: { frames: 64, overlap: 0.25 } },
    BLEND,
  ];
  let accepted = 0;
  const refused = (json: unknown, load: (json: unknown) => unknown) => {
    try {
      load(json);
      accepted++;
    } catch (error) {
      if (!(error instanceof DannaError)) throw error;
      assert.equal(error.code, "manifest");
      assert.ok(error.message.length < 500, error.message);
    }
  };
  const property = fc.property(fc.oneof(...good.map(damaged), fc.jsonValue()), (json) => {
    refused(json, loadManifest);
    refused(json, loadStreamingManifest);
  });
  fc.assert(property, { seed, numRuns: runs });
  t.diagnostic(`${accepted} of ${2 * runs} readings accepted`);
}

/** Damaged and senseless models are run or refused with a typed error; nothing hangs. */
export async function fuzzModels(t: TestContext, runs: number): Promise<void> {
  const seed = seedOf(t);
  const server = await startServer({
    mounts: { "/models/": "test/models", "/ort/": "dist/ort" },
    isolated: true,
    pages: {
      "/fuzz-page.js": await bundleScript("test/engine/fuzz-page.ts"),
      "/fuzz-worker.js": await bundleScript("test/engine/fuzz-worker.ts"),
    },
  });
  const browser = await launchChromium();
  try {
    await withPage(browser, `${server.url}/blank`, async (page, problems) => {
      const options = { origin: server.url, seed, runs, fixtures: FIXTURES };
      const result = await page.evaluate(async (options) => {
        const { fuzzModels } = (await import("/fuzz-page.js" as string)) as typeof FuzzPage;
        return fuzzModels(options);
      }, options);
      // ONNX Runtime writes what it refuses to the console as well.
      problems.splice(0);
      t.diagnostic(JSON.stringify({ ...result.outcomes, traps: result.traps }));
      assert.deepEqual(result.failures, []);
      assert.ok(result.cases >= runs);
      // A short run may lack one of these by chance.
      if (runs >= 1000) {
        assert.ok(result.outcomes.accepted > 0, "some damage is harmless");
        assert.ok(result.outcomes["refused unread"] > 0, "the check of the file refuses some");
        assert.ok(result.outcomes["refused by the runtime"] > 0, "the runtime gets some, too");
      }
    });
  } finally {
    await browser.close();
    await server.close();
  }
}
