// Splits of a page: one after another in the same workers, and what is left of those that are given up.
// The built library in a real Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { DannaError } from "../../src/errors.ts";
import type * as Output from "../../src/output/index.ts";
import type * as Split from "../../src/split/index.ts";
import { workersEnded } from "../support/chromium.ts";
import { startPages, type Pages } from "./pages.ts";

let pages: Pages;
before(async () => {
  pages = await startPages();
});
after(() => pages.close());

/** In a page with the library as `danna`. */
const inPage = <T>(body: (page: Page) => Promise<T>) =>
  pages.open(async (page) => {
    await page.evaluate(async () => {
      const split = (await import("/split.js" as string)) as typeof Split;
      const output = (await import("/output.js" as string)) as typeof Output;
      Object.assign(globalThis, { danna: { ...split, ...output } });
    });
    return body(page);
  });

declare const danna: typeof Split & typeof Output;

test("a split that is aborted while its file is opened never gives its stems to the next", async () => {
  const { lengths, loudest } = await inPage((page) =>
    page.evaluate(async () => {
      const model = await danna.loadModel("identity");
      const song = await (await fetch("/song/song.mp3")).blob();
      const silence = { sampleRate: 44100, channels: [new Float32Array(1_500_000)] };
      const lengths: number[] = [];
      let loudest = 0;
      for (let i = 0; i < 3; i++) {
        const controller = new AbortController();
        const first = danna.splitFile(song, { model, signal: controller.signal });
        // The worker has been asked, and is at the file's first sound.
        await new Promise((resolve) => setTimeout(resolve));
        controller.abort();
        await first.catch(() => undefined);
        let length = 0;
        for await (const { stems } of await danna.splitFile(silence, { model })) {
          length += stems.vocals[0].length;
          loudest = stems.vocals[0].reduce((most, v) => Math.max(most, Math.abs(v)), loudest);
        }
        lengths.push(length);
      }
      await model.dispose();
      return { lengths, loudest };
    }),
  );
  assert.deepEqual(lengths, [1_500_000, 1_500_000, 1_500_000]);
  assert.equal(loudest, 0);
});

test("a split that is over takes nothing from the next", async () => {
  const { aborted, cancelled, length } = await inPage((page) =>
    page.evaluate(async () => {
      const model = await danna.loadModel("identity");
      const source = { sampleRate: 44100, channels: [new Float32Array(100_000)] };
      const { errorOf } = {
        async errorOf(split: Split.Split) {
          const next = split[Symbol.asyncIterator]().next();
          return next.then(
            () => undefined,
            ({ name, code, message }: DannaError) => ({ name, code, message }),
          );
        },
      };
      const controller = new AbortController();
      const first = await danna.splitFile(source, { model, signal: controller.signal });
      controller.abort(new Error("enough"));
      const second = await danna.splitFile(source, { model });
      const aborted = await errorOf(first);
      await second.cancel();
      const third = await danna.splitFile(source, { model });
      const cancelled = await errorOf(second);
      let length = 0;
      for await (const { stems } of third) length += stems.vocals[0].length;
      await model.dispose();
      return { aborted, cancelled, length };
    }),
  );
  assert.deepEqual(aborted, { name: "Error", code: undefined, message: "enough" });
  assert.deepEqual(cancelled, {
    ...{ name: "DannaError", code: "input" },
    message: "This split has ended: split the recording again.",
  });
  assert.equal(length, 100_000);
});

test("a split that is dropped before its first chunk ends its workers", async () => {
  await inPage(async (page) => {
    for (const how of ["return", "abort", "cancel"] as const) {
      await page.evaluate(async (how) => {
        const controller = new AbortController();
        const source = { sampleRate: 44100, channels: [new Float32Array(50_000)] };
        const options = { model: "identity", workers: 2, signal: controller.signal };
        const split = await danna.splitFile(source, options);
        if (how === "return") await split[Symbol.asyncIterator]().return?.();
        if (how === "abort") controller.abort();
        if (how === "cancel") await split.cancel();
      }, how);
      await workersEnded(page);
    }
  });
});

test("stems that cannot be saved leave no workers, and the model to the next", async () => {
  await inPage(async (page) => {
    const { codes, size } = await page.evaluate(async () => {
      // No encoder for AAC: neither the browser's nor one in a worker from a blob.
      Reflect.deleteProperty(globalThis, "AudioEncoder");
      URL.createObjectURL = () => "http://[";
      const source = { sampleRate: 44100, channels: [new Float32Array(50_000)] };
      const model = await danna.loadModel("identity");
      const codes: unknown[] = [];
      for (const used of [model, "identity"]) {
        const saved = danna.saveStems(source, { model: used, format: "stem.mp4" });
        codes.push(await saved.then(String, ({ code }: DannaError) => code));
      }
      const { size } = await danna.saveStems(source, { model });
      await model.dispose();
      return { codes, size };
    });
    assert.deepEqual(codes, ["platform", "platform"]);
    assert.ok(size > 4 * 4 * 50_000, `${size} bytes`);
    await workersEnded(page);
  });
});
