// The monitor page on a fake line input for SOAK_MINUTES (30): by its own log, without a lost sample. Real
// Chromium.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { startListening, startMonitorHarness } from "./monitor-harness.ts";

const MINUTES = Number(process.env.SOAK_MINUTES ?? 30);

test(`monitor: ${MINUTES} minutes on a line input without a lost sample, by its own log`, async (t) => {
  const harness = await startMonitorHarness();
  try {
    await harness.open(async (page) => {
      await startListening(page);
      // A line is its time of day, with milliseconds, and its text.
      const summary = new RegExp(`\\.\\d{3}${MINUTES}:\\d\\d heard`);
      const timeout = (MINUTES + 2) * 60_000;
      await page.getByRole("log").getByText(summary).waitFor({ timeout });
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save the log" }).click(),
      ]);
      const text = await readFile((await download.path())!, "utf8");
      t.diagnostic(text);
      const summaries = [...text.matchAll(/ (\d+):(\d\d) heard: (\d+) hops, .* (\d+) lost,/g)];
      assert.ok(summaries.length >= MINUTES);
      const [, minutes, seconds, hops, lost] = summaries.at(-1)!.map(Number);
      assert.equal(lost, 0);
      // Every hop of the time was separated: 512 frames each, and a second or two of start and end.
      const expected = ((60 * minutes + seconds) * 44100) / 512;
      assert.ok(hops >= expected - 2 * 86, `${hops} of ${Math.round(expected)} hops`);
      assert.doesNotMatch(text, /is gone|has paused|clock jumped/);
    });
  } finally {
    await harness.close();
  }
});
