// The user's own presets: components/core/preset-store.ts. Node, with a Map for localStorage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMix, sameMix } from "../../src/player/mix.ts";
import {
  PRESET_STORAGE_KEY,
  PresetStore,
  type KeyValueStorage,
} from "../../components/core/preset-store.ts";

function memory(text?: string): KeyValueStorage & { text: string | null } {
  return {
    text: text ?? null,
    getItem(key) {
      return key === PRESET_STORAGE_KEY ? this.text : null;
    },
    setItem(_key, value) {
      this.text = value;
    },
  };
}

const quiet = createMix({ vocals: { gain: -20 } });

test("a saved preset is there for the next store; the same name replaces it", () => {
  const storage = memory();
  const store = new PresetStore(storage);
  store.save(" Choir ", createMix());
  store.save("Band", createMix());
  store.save("Choir", quiet);
  const list = new PresetStore(storage).list();
  assert.deepEqual(
    list.map((p) => p.name),
    ["Choir", "Band"],
  );
  assert.ok(sameMix(list[0].mix, quiet));
  store.remove("Choir");
  assert.deepEqual(
    store.list().map((p) => p.name),
    ["Band"],
  );
});

test("unreadable storage is an empty list, unreadable entries are left out", () => {
  assert.deepEqual(new PresetStore(memory("{oops")).list(), []);
  assert.deepEqual(new PresetStore(memory('{"a":1}')).list(), []);
  const good = { name: "x", mix: quiet };
  const mixed = JSON.stringify([null, 1, { name: "" }, { name: "y", mix: {} }, good]);
  assert.deepEqual(
    new PresetStore(memory(mixed)).list().map((p) => p.name),
    ["x"],
  );
});

test("bad names, full storage and denied storage are named errors that lose nothing", () => {
  const storage = memory();
  const store = new PresetStore(storage);
  store.save("kept", quiet);
  for (const name of ["", "   ", "x".repeat(41)]) {
    assert.throws(() => store.save(name, quiet), { name: "DannaError", code: "input" });
  }
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  assert.throws(() => store.save("more", quiet), { code: "storage" });
  assert.deepEqual(
    store.list().map((p) => p.name),
    ["kept"],
  );
  const denied = new PresetStore(undefined);
  assert.deepEqual(denied.list(), []);
  assert.throws(() => denied.save("x", quiet), { code: "storage" });
});
