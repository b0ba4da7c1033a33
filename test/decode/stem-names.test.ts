// What names of files and tracks say of stems. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { areStems, distinctStems, stemOf, stemsAmong } from "../../src/decode/stem-names.ts";

const among = (...names: string[]) => {
  const { song, stems } = stemsAmong(names, names);
  return { song, stems: Object.fromEntries(stems.map(({ file, stem }) => [file, stem])) };
};

test("stem names: what people call a stem becomes its usual name, anything else a name of its own", () => {
  const said = ["Vox", "DRUMS", "Bass Guitar", "Melody/Synths", "Gitárre 2", "808s", "歌"];
  assert.deepEqual(said.map(stemOf), [
    ...["vocals", "drums", "bass", "melody-synths", "gitarre-2", "s", "stem"],
  ]);
  assert.deepEqual(distinctStems(["Perc", "perc", "Kick", "Perc"]), [
    ...["perc", "perc-2", "kick", "perc-3"],
  ]);
});

test("stem names: files alone, after their song, before it, in brackets, with numbers", () => {
  assert.deepEqual(among("vocals", "drums"), {
    song: "",
    stems: { vocals: "vocals", drums: "drums" },
  });
  assert.deepEqual(among("song_vocals", "song_drums", "song_strings"), {
    song: "song",
    stems: { song_vocals: "vocals", song_drums: "drums", song_strings: "strings" },
  });
  assert.deepEqual(among("My Song - Bass", "My Song - Lead Vocals"), {
    song: "My Song",
    stems: { "My Song - Bass": "bass", "My Song - Lead Vocals": "lead-vocals" },
  });
  assert.deepEqual(among("Drums (Song)", "Voice (Song)").stems, {
    "Drums (Song)": "drums",
    "Voice (Song)": "vocals",
  });
  assert.deepEqual(among("01 Vocals", "02 Drums").stems, {
    "01 Vocals": "vocals",
    "02 Drums": "drums",
  });
});

test("stem names: mixes are no stems, and all but the voice is one beside the voice alone", () => {
  assert.deepEqual(among("mixture", "vocals", "bass").stems, { vocals: "vocals", bass: "bass" });
  assert.deepEqual(among("song", "song_vocals", "song_drums", "song_karaoke").stems, {
    song_vocals: "vocals",
    song_drums: "drums",
  });
  assert.deepEqual(among("vocals", "accompaniment").stems, {
    vocals: "vocals",
    accompaniment: "other",
  });
  assert.deepEqual(among("a_(Vocals)", "a_(Instrumental)").stems, {
    "a_(Vocals)": "vocals",
    "a_(Instrumental)": "other",
  });
});

test("stem names: no stem among songs, and an error that names two of a kind", () => {
  assert.deepEqual(among("Yesterday", "Michelle").stems, {});
  assert.deepEqual(among().stems, {});
  assert.deepEqual(among("vocals", "My notes").stems, { vocals: "vocals" });
  assert.throws(() => among("vocals", "Vox"), {
    code: "input",
    message: '"vocals" and "Vox" are both vocals: open one of them, with the other stems.',
  });
});

test("stem names: several songs are not taken for stems, nor one stem for all", () => {
  assert.equal(areStems(["song_vocals", "song_drums"]), true);
  assert.equal(areStems(["vocals", "drums", "vox"]), true);
  assert.equal(areStems(["Drums of Death", "Bass Line", "Voice Within"]), false);
  assert.equal(areStems(["Band - Voice", "Band - Yesterday"]), false);
  assert.equal(areStems(["vocals"]), false);
});
