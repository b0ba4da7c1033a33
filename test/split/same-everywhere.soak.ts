// The presets on the bundled song and on two validation songs: the command, the function in Node and a
// page give the same samples. Runs in Node. The songs are read from DANNA_DATA (../shared/data).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type * as Library from "../../src/split/index.ts";
import type * as NodeLibrary from "../../src/split/node.ts";
import type { StemChunk } from "../../src/split/split-stream.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { run } from "../cli/run.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";
import { largestDifference } from "../support/signals.ts";
import { readWav } from "../support/wav.ts";

/** The built library of Node. */
const LIBRARY = path.resolve("dist/node.js");
const VALIDATION = path.resolve(process.env.DANNA_DATA ?? "../shared/data", "musdb18-7/train");
const SONGS = {
  "the bundled song": path.resolve("components/demo/song/song.mp3"),
  ...Object.fromEntries(
    ["Actions - One Minute Smile", "Young Griffo - Pennies"].map((name) => [
      name,
      path.join(VALIDATION, `${name}.stem.mp4`),
    ]),
  ),
};

const folder = mkdtempSync(path.join(tmpdir(), "danna-same-"));
let browser: Browser;
let server: Server;
before(async () => {
  browser = await launchChromium();
  server = await startServer({ mounts: { "/": "dist", "/songs/": folder }, isolated: true });
});
after(async () => {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Left channels, one after the other. Runs in Node and, as text, in the page. */
async function leftOf(chunks: AsyncIterable<StemChunk>, stems: readonly string[]) {
  const parts: Record<string, number[]> = Object.fromEntries(stems.map((stem) => [stem, []]));
  for await (const { stems: planes } of chunks) {
    for (const stem of stems) for (const x of planes[stem as "vocals"][0]) parts[stem].push(x);
  }
  return stems.map((stem) => parts[stem]);
}

for (const [name, file] of Object.entries(SONGS)) {
  for (const model of ["live", "studio"]) {
    const skip = !existsSync(file) && `${file} is not there: set DANNA_DATA`;
    test(`${name}, ${model}`, { skip }, async (t) => {
      const mixture = path.join(folder, "mixture.wav");
      const start = ["-v", "error", "-y", "-i", file, "-map", "0:a:0", "-t", "10"];
      execFileSync(findFfmpeg(), [...start, "-c:a", "pcm_f32le", mixture]);

      const { splitFile } = (await import(LIBRARY)) as typeof NodeLibrary;
      const inNode = await leftOf(await splitFile(mixture, { model }), DEFAULT_STEMS);
      const inPage = await withPage(browser, `${server.url}/blank`, (page) =>
        page.evaluate(
          async ({ model, collect, stems }) => {
            const library = (await import("/split.js" as string)) as typeof Library;
            const split = await library.splitFile("/songs/mixture.wav", { model });
            const take = new Function(`return ${collect}`)() as typeof leftOf;
            return take(split, stems);
          },
          { model, collect: leftOf.toString(), stems: DEFAULT_STEMS },
        ),
      );
      const args = ["split", mixture, "--out", folder, "--model", model, "--format", "wav32f"];
      const { code, stderr } = await run([...args, "--force"]);
      assert.equal(code, 0, stderr);

      for (const [i, stem] of DEFAULT_STEMS.entries()) {
        const { left } = readWav(readFileSync(path.join(folder, `mixture_${stem}.wav`)));
        assert.ok(inNode[i].length === left.length && inPage[i].length === left.length);
        const differences = [inNode[i], inPage[i]].map((other) => largestDifference(other, left));
        t.diagnostic(`${stem}: ${differences.map((value) => value.toExponential(1)).join(", ")}`);
        assert.ok(Math.max(...differences) < 1e-5, `${stem}: ${differences.join()}`);
        assert.ok(
          left.some((x) => Math.abs(x) > 0.01),
          `${stem} is silent`,
        );
      }
    });
  }
}
