// The Web Audio Modules 2 plugin in a host's page, loaded from another origin.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { bundleScript } from "../support/bundle.ts";
import { startHost, useConsumer, visit } from "./sites.ts";
import type * as HostPage from "./wam-host-page.ts";

const site = useConsumer();

test("a host loads, plays, automates, saves and restores the plugin", async () => {
  const script = await bundleScript(path.join(import.meta.dirname, "wam-host-page.ts"));
  const host = await startHost({ pages: { "/host.js": script } });
  try {
    await visit(site.browser, `${host.url}/blank`, async (page) => {
      const result = await page.evaluate(async (url) => {
        const host = (await import("/host.js" as string)) as typeof HostPage;
        return host.hostPlugin(url, "/song/song.mp3");
      }, `${site.cdn.url}/wam/index.js`);
      assert.equal(result.name, "Danna-Sep Live");
      assert.deepEqual(result.parameters, [
        "vocals: float",
        "drums: float",
        "bass: float",
        "other: float",
        "bypass: boolean",
        "latencyMode: choice",
      ]);
      assert.ok(result.latency > 0.02);
      assert.ok(result.safeLatency > result.latency + 0.1);
      assert.deepEqual(result.restoredState, result.state);
      assert.equal(result.restoredLatency, result.safeLatency);
    });
  } finally {
    await host.close();
  }
});
