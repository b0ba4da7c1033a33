// The bundled song, decoded and split in Chromium by the built library and in Node: the same samples.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import type * as Output from "../../src/output/index.ts";
import type * as Library from "../../src/split/index.ts";
import type * as NodeLibrary from "../../src/split/node.ts";
import type { StemChunk } from "../../src/split/split-stream.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { largestDifference } from "../support/signals.ts";
import { startPages, type Pages } from "./pages.ts";

/** The built library of Node. */
const LIBRARY = path.resolve("dist/node.js");
const SONG = "components/demo/song/song.mp3";
/** Every so many samples are compared; a prime, so that no period hides. */
const STEP = 97;

let pages: Pages;
before(async () => {
  pages = await startPages();
});
after(() => pages.close());

/** Runs in Node and, as text, in the page. */
async function sampled(chunks: AsyncIterable<StemChunk>, stems: readonly string[], step: number) {
  const samples: number[] = [];
  let length = 0;
  for await (const { start, stems: planes } of chunks) {
    length = start + planes.vocals[0].length;
    for (let n = Math.ceil(start / step) * step; n < length; n += step) {
      for (const stem of stems) {
        for (const plane of planes[stem as "vocals"]) samples.push(plane[n - start]);
      }
    }
  }
  return { length, samples };
}

test("in a page and in Node", async () => {
  const model = "test/models/recurrent.json";
  const { splitFile } = (await import(LIBRARY)) as typeof NodeLibrary;
  const expected = await sampled(
    await splitFile(SONG, { model, backend: "wasm" }),
    DEFAULT_STEMS,
    STEP,
  );
  assert.equal(expected.length, 1_234_800);
  const actual = await pages.open((page) =>
    page.evaluate(
      async ({ collect, stems, step }) => {
        const library = (await import("/split.js" as string)) as typeof Library;
        const split = await library.splitFile("/song/song.mp3", { model: "recurrent" });
        const take = new Function(`return ${collect}`)() as typeof sampled;
        return take(split, stems, step);
      },
      { collect: sampled.toString(), stems: DEFAULT_STEMS, step: STEP },
    ),
  );
  assert.equal(actual.length, expected.length);
  assert.ok(largestDifference(actual.samples, expected.samples) < 1e-5, "samples differ");
  assert.ok(
    expected.samples.some((sample) => Math.abs(sample) > 0.1),
    "silent",
  );
});

test("stems are saved as a ZIP of WAV files, with progress, until aborted", async () => {
  const saved = await pages.open((page) =>
    page.evaluate(async () => {
      const library = (await import("/output.js" as string)) as typeof Output;
      const channels = [new Float32Array(50_000).fill(0.5)];
      const source = { sampleRate: 48_000, channels };
      const progress: number[] = [];
      const zip = await library.saveStems(source, {
        model: "identity",
        name: "my song.mp3",
        stems: ["drums", "other"],
        onProgress({ done }) {
          progress.push(done);
        },
      });
      const text = new TextDecoder("latin1").decode(await zip.arrayBuffer());
      const controller = new AbortController();
      const aborted = library.saveStems(source, { model: "identity", signal: controller.signal });
      controller.abort(new Error("enough"));
      const reason = await aborted.catch((error: Error) => error.message);
      const names = text.match(/my song_\w+\.wav/g);
      return { name: zip.name, size: zip.size, names: [...new Set(names)], progress, reason };
    }),
  );
  assert.equal(saved.name, "my song_stems.zip");
  assert.deepEqual(saved.names, ["my song_drums.wav", "my song_other.wav"]);
  assert.ok(
    saved.size > 2 * 4 * 50_000 && saved.size < 2 * 4 * 50_000 + 2000,
    `${saved.size} bytes`,
  );
  assert.equal(saved.progress.at(-1), 1);
  assert.equal(saved.reason, "enough");
});

test("what the page cannot fetch or decode is a typed error", async () => {
  await pages.open(async (page, problems) => {
    const codes = await page.evaluate(async () => {
      const library = (await import("/split.js" as string)) as typeof Library;
      const attempts: [string | Blob, string][] = [
        ["/nowhere.mp3", "identity"],
        [new Blob(["text"]), "identity"],
        ["/song/song.mp3", "nonesuch"],
      ];
      const codes: unknown[] = [];
      for (const [source, model] of attempts) {
        try {
          for await (const chunk of await library.splitFile(source, { model })) codes.push(chunk);
        } catch (error) {
          codes.push((error as { code?: string }).code);
        }
      }
      const samples = { sampleRate: 44100, channels: [new Float32Array(2000)] };
      const split = await library.splitFile(samples, { model: "identity" });
      const lengths = [];
      for await (const { stems } of split) lengths.push(stems.drums[1].length);
      return [...codes, lengths];
    });
    assert.deepEqual(codes, ["fetch", "media", "fetch", [2000]]);
    // Chromium logs the page's answer 404, not the worker's.
    assert.equal(problems.splice(0).filter((problem) => problem.includes("404")).length, 1);
  });
});
