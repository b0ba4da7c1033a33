// Six stems of whole recordings: every kind of model in Node, the command's files, the page's ZIP. Which
// stems there are is the manifest's to say, nothing else names them. Fixtures: test/models/make.py.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Planar } from "../../src/dsp/planar-queue.ts";
import type * as Output from "../../src/output/index.ts";
import type * as Library from "../../src/split/index.ts";
import { loadSplitModel } from "../../src/split/split-model.ts";
import { events, run } from "../cli/run.ts";
import { readFloatWav, tone16, wav } from "../cli/wav.ts";
import { blend, fixtureCatalogue } from "../support/catalogue.ts";
import { largestDifference, noise } from "../support/signals.ts";
import { split, sums } from "./collect.ts";
import { startPages, type Pages } from "./pages.ts";

const SIX = ["vocals", "drums", "bass", "guitar", "piano", "other"];
const SHARES = [0.3, 0.25, 0.2, 0.12, 0.08, 0.05];
const MODEL = path.resolve("test/models/six.json");
const STUDIO = path.resolve("test/models/six-studio.json");

const stereo = (samples: number): Planar => [noise(samples, 1), noise(samples, 2)];

/** Every stem its share of the mixture, left and right. */
function assertShares(stems: Planar, mixture: Planar, shares: readonly number[], most: number) {
  assert.equal(stems.length, 2 * shares.length);
  stems.forEach((plane, i) => {
    const expected = mixture[i % 2].map((sample) => shares[Math.floor(i / 2)] * sample);
    assert.ok(largestDifference(plane, expected) < most, `${SIX[Math.floor(i / 2)]}, ${i % 2}`);
  });
}

let pages: Pages;
let folder: string;
before(async () => {
  pages = await startPages();
  folder = await mkdtemp(path.join(tmpdir(), "danna-six-"));
});
after(async () => {
  await pages.close();
  await rm(folder, { recursive: true });
});

for (const name of ["six", "six-segment"]) {
  test(`${name}: each stem is its share of the mixture, at its rate and at another`, async () => {
    const model = await loadSplitModel(name, { catalogue: fixtureCatalogue() });
    const mixture = stereo(60_001);
    assert.deepEqual(model.manifest.stems, SIX);
    assertShares(await split(model, mixture, { addUp: false }), mixture, SHARES, 1e-5);
    const stems = await split(model, mixture, { sampleRate: 48_000 });
    assert.equal(stems.length, 12);
    sums(stems).forEach((sum, c) => assert.ok(largestDifference(sum, mixture[c]) < 1e-5));
    await model.dispose();
  });
}

test("a graph of HTDemucs' form with six stems, the default ones first", async () => {
  const model = await loadSplitModel("branches-six", { catalogue: fixtureCatalogue() });
  assert.deepEqual(model.manifest.stems, [
    ...["vocals", "drums", "bass", "other"],
    ...["guitar", "piano"],
  ]);
  const mixture = [13, 29].map((period) =>
    Float32Array.from({ length: 15_000 }, (_, n) => Math.sin(n / period)),
  );
  const stems = await split(model, mixture, { addUp: false });
  assertShares(stems, mixture, [0.2, 0.05, 0.25, 0.25, 0.15, 0.1], 1e-4);
  await model.dispose();
});

test("a blend of six stems, each model's in an order of its own, and the Wiener filter over it", async () => {
  const model = await loadSplitModel("six-studio", { catalogue: fixtureCatalogue() });
  assert.deepEqual(model.manifest.stems, SIX);
  const mixture = stereo(300_000);
  const added = await split(model, mixture);
  assert.equal(added.length, 12);
  sums(added).forEach((sum, c) => assert.ok(largestDifference(sum, mixture[c]) < 1e-5));
  const stems = await split(model, mixture, { addUp: false });
  stems.forEach((plane, i) => {
    const stem = Math.floor(i / 2);
    const blended = mixture[i % 2].map((sample) => SHARES[stem] * sample);
    const difference = largestDifference(plane, blended);
    // The piano has no share of the filter's answer, the others have.
    const kept = SIX[stem] === "piano";
    assert.ok(kept ? difference < 1e-5 : difference > 1e-3, `${SIX[stem]}: ${difference}`);
  });
  await model.dispose();
  const weights = Object.fromEntries(SIX.map((stem) => [stem, 0.5]));
  const models = ["six", "branches-six"].map((model) => ({ model, weights }));
  const own = { mixed: { ...blend({}), stems: SIX, models } };
  const mixed = await loadSplitModel("mixed", { catalogue: fixtureCatalogue(own) });
  const tone = [17, 31].map((period) =>
    Float32Array.from({ length: 15_000 }, (_, n) => Math.sin(n / period)),
  );
  const halves = [0.2, 0.05, 0.25, 0.15, 0.1, 0.25].map((share, i) => (share + SHARES[i]) / 2);
  assertShares(await split(mixed, tone, { addUp: false }), tone, halves, 1e-4);
  await mixed.dispose();
});

test("a blend of models with other stems than its own is refused by their names", async () => {
  const own = { both: blend({ identity: [0.5, 0.5, 0.5, 0.5], six: [0.5, 0.5, 0.5, 0.5] }) };
  await assert.rejects(loadSplitModel("both", { catalogue: fixtureCatalogue(own) }), {
    code: "manifest",
    message:
      'Model "blend" blends "six", whose stems are vocals, drums, bass, guitar, piano, other where its own ' +
      '"stems" are vocals, drums, bass, other.',
  });
});

test("the command writes six files, or those that are named, and refuses others", async () => {
  const song = path.join(folder, "song.wav");
  await writeFile(song, wav(tone16(60_000)));
  const args = ["split", song, "--out", folder, "--format", "wav32f", "--json"];
  const all = await run([...args, "--model", STUDIO]);
  assert.equal(all.code, 0, all.stderr);
  const done = events(all.stdout).find(({ event }) => event === "done");
  assert.deepEqual(Object.keys(done?.files as object), SIX);
  const written = (await readdir(folder)).filter((name) => name !== "song.wav").sort();
  assert.deepEqual(written, SIX.map((stem) => `song_${stem}.wav`).sort());

  const two = await run([...args, "--model", MODEL, "--force", "--stems", "piano,guitar"]);
  assert.deepEqual(
    Object.keys(events(two.stdout).find(({ event }) => event === "done")?.files as object),
    ["guitar", "piano"],
  );
  const input = tone16(60_000);
  const { planes } = readFloatWav(await readFile(path.join(folder, "song_guitar.wav")));
  for (let n = 0; n < 60_000; n += 7) {
    const expected = (0.12 * input.readInt16LE(4 * n)) / 32768;
    assert.ok(Math.abs(planes[0][n] - expected) < 1e-5, `sample ${n}`);
  }
  const refused = await run([...args, "--model", MODEL, "--stems", "vocals,flute"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /no stem "flute": vocals, .* piano, other\./);

  // Its own files are not split again, with this model or another.
  const again = await run(["split", folder, "--out", folder, "--force", "-q", "--model", MODEL]);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual((await readdir(folder)).length, 7);
});

test("a page splits into six stems in a worker, and saves them all", async () => {
  const { names, kind, largest, files } = await pages.open((page) =>
    page.evaluate(
      async ({ shares }) => {
        const library = (await import("/split.js" as string)) as typeof Library;
        const plane = Float32Array.from({ length: 50_000 }, (_, n) => Math.sin(n / 20));
        const source = { sampleRate: 44_100, channels: [plane] };
        const model = await library.loadModel("six");
        const split = await library.splitFile(source, { model, addUp: false });
        let largest = 0;
        let names: string[] = [];
        for await (const { start, stems } of split) {
          names = Object.keys(stems);
          Object.values(stems).forEach(([left], s) =>
            left.forEach((sample, n) => {
              largest = Math.max(largest, Math.abs(sample - shares[s] * plane[start + n]));
            }),
          );
        }
        const { kind } = model.manifest;
        await model.dispose();
        const output = (await import("/output.js" as string)) as typeof Output;
        const zip = await output.saveStems(source, { model: "six-studio", name: "song.mp3" });
        const text = new TextDecoder("latin1").decode(await zip.arrayBuffer());
        const unknown = await output
          .saveStems(source, { model: "six", stems: ["flute"] })
          .catch(({ code, message }: { code: string; message: string }) => [code, message]);
        const files = [...new Set(text.match(/song_\w+\.wav/g)), unknown];
        return { names, kind, largest, files };
      },
      { shares: SHARES },
    ),
  );
  assert.deepEqual(names, SIX);
  assert.equal(kind, "streaming");
  assert.ok(largest < 1e-5, `${largest}`);
  assert.deepEqual(files, [
    ...SIX.map((stem) => `song_${stem}.wav`),
    ["input", `There is no stem "flute": ${SIX.join(", ")}.`],
  ]);
});
