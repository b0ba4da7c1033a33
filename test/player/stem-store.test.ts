// Which songs make room for another. Pure, runs in Node; the store itself is tested in the mixer's page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { songsToEvict } from "../../src/player/ahead/stem-store.ts";
import { identityOf, manifestsOf } from "../../src/model/catalogue.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import { fixtureJson } from "../support/models.ts";

const SONGS = [
  { key: "new", bytes: 30, used: 3 },
  { key: "old", bytes: 20, used: 1 },
  { key: "middle", bytes: 40, used: 2 },
];

test("songs that were not used for longest go first, as many as must", () => {
  assert.deepEqual(songsToEvict(SONGS, 100, 10), []);
  assert.deepEqual(songsToEvict(SONGS, 100, 11), ["old"]);
  assert.deepEqual(songsToEvict(SONGS, 100, 31), ["old", "middle"]);
  assert.deepEqual(songsToEvict(SONGS, 100, 100), ["old", "middle", "new"]);
  assert.equal(songsToEvict(SONGS, 100, 101), undefined);
});

test("a model's identity changes with its weights, and with those of a blend's parts", async () => {
  const identity = await fixtureJson("identity");
  const one = { vocals: 1, drums: 1, bass: 1, other: 1 };
  const blend = {
    ...{ format: 1, kind: "blend", name: "blend", licence: "CC0-1.0", trainedOn: [], scores: {} },
    models: [{ model: "identity", weights: one }],
  };
  const id = async (name: string, sha256: string) => {
    const manifest = (name: string) =>
      Promise.resolve(loadManifest(name === "blend" ? blend : { ...identity, sha256 }));
    return identityOf(await manifestsOf(name, { manifest }));
  };
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  for (const name of ["identity", "blend"]) {
    assert.equal(await id(name, a), await id(name, a));
    assert.notEqual(await id(name, a), await id(name, b));
  }
});
