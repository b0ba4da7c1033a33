// Models whose files lie packed are found by their manifests, in folders and on servers. Runs in Node.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { UrlCatalogue } from "../../src/model/catalogue.ts";
import { FolderCatalogue, isComplete } from "../../src/model/folder-catalogue.ts";
import type { FileManifest } from "../../src/model/manifest.ts";
import { joinPlanes, PACKED } from "../../src/model/planes.ts";
import { packModel } from "../../esbuild.steps.mjs";
import { withListener } from "../support/listener.ts";
import { fixtureBytes, fixtureJson } from "../support/models.ts";

const bytes = await fixtureBytes("recurrent");

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "danna-packed-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the build makes of the model. */
const build = (folder: string) => packModel("recurrent", "test/models", folder);

test("planes: bytes that came plane by plane are in their places, whatever their number", () => {
  const places: [bytes: number[], joined: number[]][] = [
    [[], []],
    [
      [1, 2],
      [1, 2],
    ],
    [
      [0, 4, 8, 1, 5, 9, 2, 6, 3, 7],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
  ];
  for (const [planes, joined] of places) {
    assert.deepEqual([...joinPlanes(Uint8Array.from(planes))], joined);
  }
});

test("a folder's packed file is its manifest's model", () =>
  inFolder(async (folder) => {
    const [file, json] = await build(folder);
    const found = async () => {
      const catalogue = new FolderCatalogue([folder]);
      const manifest = (await catalogue.manifest("recurrent")) as FileManifest;
      return { complete: await isComplete({ manifest, folder }), read: catalogue.bytes(manifest) };
    };
    const model = await found();
    assert.equal(model.complete, true);
    assert.deepEqual(await model.read, bytes);
    const expected = await fixtureJson("recurrent");
    const packed = { ...expected, file: `recurrent.onnx${PACKED}` };
    assert.deepEqual(JSON.parse(await readFile(json, "utf8")), packed);

    await writeFile(file, (await readFile(file)).subarray(0, 100));
    await assert.rejects((await found()).read, { code: "model", message: /cannot be read/ });
    await rm(file);
    const { complete, read } = await found();
    assert.equal(complete, false);
    await assert.rejects(read, { code: "model", message: /recurrent\.onnx\S* .* cannot be read/ });
  }));

test("a server's packed file is the model's, by its name and by its manifest's URL", () =>
  inFolder(async (folder) => {
    const [file, json] = await build(folder);
    const asked: string[] = [];
    await withListener(
      ({ url }, response) => {
        asked.push(url ?? "");
        void readFile(url?.endsWith(".json") ? json : file).then((text) => response.end(text));
      },
      async (origin) => {
        const folder = `${origin}/models/`;
        const moved = {
          "recurrent.json": `${origin}/assets/recurrent-1a2b.json`,
          [`recurrent.onnx${PACKED}`]: `${origin}/assets/recurrent-3c4d.gz`,
        };
        const catalogue = new UrlCatalogue({ folder, moved });
        for (const name of ["recurrent", `${folder}recurrent.json`]) {
          const manifest = (await catalogue.manifest(name)) as FileManifest;
          assert.deepEqual(await catalogue.bytes(manifest), bytes);
        }
      },
    );
    const moved = ["/assets/recurrent-1a2b.json", "/assets/recurrent-3c4d.gz"];
    const beside = ["/models/recurrent.json", `/models/recurrent.onnx${PACKED}`];
    assert.deepEqual(asked, [...moved, ...beside]);
  }));

test("what is packed and longer or shorter than its manifest says is refused", () =>
  inFolder(async (folder) => {
    const [, json] = await build(folder);
    const text = await readFile(json, "utf8");
    for (const wrong of [bytes.subarray(1), new Uint8Array(bytes.length + 1)]) {
      const answer = gzipSync(wrong);
      await withListener(
        ({ url }, response) => response.end(url?.endsWith(".json") ? text : answer),
        async (origin) => {
          const catalogue = new UrlCatalogue({ folder: `${origin}/models/` });
          const manifest = (await catalogue.manifest("recurrent")) as FileManifest;
          await assert.rejects(catalogue.bytes(manifest), { code: "model" });
        },
      );
    }
  }));
