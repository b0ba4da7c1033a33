// Models whose files lie packed are found by their manifests, in folders and on servers. Runs in Node.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { UrlCatalogue } from "../../src/model/catalogue.ts";
import { FolderCatalogue, isComplete } from "../../src/model/folder-catalogue.ts";
import type { FileManifest } from "../../src/model/manifest.ts";
import { withListener } from "../support/listener.ts";
import { fixtureBytes, fixtureJson } from "../support/models.ts";

const json = JSON.stringify(await fixtureJson("recurrent"));
const bytes = await fixtureBytes("recurrent");
const packed = gzipSync(bytes);

test("a folder's packed file is the model's, unless a plain one lies beside it", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "danna-packed-"));
  const file = path.join(folder, "recurrent.onnx");
  const found = async () => {
    const catalogue = new FolderCatalogue([folder]);
    const manifest = (await catalogue.manifest("recurrent")) as FileManifest;
    return { complete: await isComplete({ manifest, folder }), read: catalogue.bytes(manifest) };
  };
  const incomplete = async () => {
    const { complete, read } = await found();
    assert.equal(complete, false);
    await assert.rejects(read, { code: "model", message: /recurrent\.onnx .* cannot be read/ });
  };
  try {
    await writeFile(path.join(folder, "recurrent.json"), json);
    await incomplete();
    await writeFile(`${file}.gz`, packed);
    const model = await found();
    assert.equal(model.complete, true);
    assert.deepEqual(await model.read, bytes);
    await writeFile(`${file}.gz`, packed.subarray(0, 100));
    await assert.rejects((await found()).read, { code: "model", message: /cannot be read/ });
    await writeFile(file, bytes);
    assert.deepEqual(await (await found()).read, bytes);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a server's packed file is the model's, by its name and by its manifest's URL", async () => {
  const asked: string[] = [];
  await withListener(
    ({ url }, response) => {
      asked.push(url ?? "");
      response.end(url?.endsWith(".json") ? json : packed);
    },
    async (origin) => {
      const folder = `${origin}/models/`;
      const moved = { [`${folder}recurrent.onnx`]: `${folder}recurrent.onnx.gz` };
      const catalogue = new UrlCatalogue({ folder, moved });
      for (const name of ["recurrent", `${folder}recurrent.json`]) {
        const manifest = (await catalogue.manifest(name)) as FileManifest;
        assert.deepEqual(await catalogue.bytes(manifest), bytes);
      }
    },
  );
  const each = ["/models/recurrent.json", "/models/recurrent.onnx.gz"];
  assert.deepEqual(asked, [...each, ...each]);
});
