// What is known of a source before it is open: src/player/requests.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultModel, titleOf } from "../../src/player/requests.ts";

test("model: what cannot be heard beside its original takes the one that looks ahead, in safe alone", () => {
  for (const kind of ["url", "file", "element", "tab"] as const) {
    assert.equal(defaultModel(kind, "safe"), "karaoke");
    assert.equal(defaultModel(kind, "balanced"), "live");
    assert.equal(defaultModel(kind, "monitor"), "live");
  }
  for (const mode of ["safe", "balanced", "monitor"] as const) {
    assert.equal(defaultModel("microphone", mode), "live");
    assert.equal(defaultModel(undefined, mode), "live");
  }
});

test("title: a file's name without its ending; data and objects in the page have none", () => {
  const titles = (...urls: string[]) => urls.map((url) => titleOf({ kind: "url", url }));
  assert.deepEqual(titles("/a/My%20song.mp3?x=1", "https://a.example/b.stem.mp4#t=3"), [
    ...["My song", "b"],
  ]);
  assert.deepEqual(
    titles(
      "data:audio/wav;base64,UklGRiQA/AAB",
      "blob:https://a.example/0c1f-77",
      " DATA:audio/mpeg,a.mp3",
      "Blob:null/5.6",
    ),
    ["", "", "", ""],
  );
  const file = (name: string) => titleOf({ kind: "file", file: new File([], name) });
  assert.deepEqual([file("X.stem.mp4"), file("a.b.wav"), file("none")], ["X", "a.b", "none"]);
  assert.equal(titleOf({ kind: "file", file: new Blob() }), "");
});
