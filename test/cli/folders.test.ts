// Folders and names as people have them: other endings, links, songs that are called like stems, equal
// names, names that a terminal obeys, homes that may not be read. Runs the built command.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { events, IDENTITY, run, type RunOptions } from "./run.ts";
import { tone16, wav } from "./wav.ts";

let folder: string;
let songs: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-folders-"));
  songs = path.join(folder, "songs");
  out = path.join(folder, "out");
  await mkdir(songs);
});
afterEach(() => rm(folder, { recursive: true }));

const SONG = wav(tone16(600));
const put = (...parts: string[]) => writeFile(path.join(songs, ...parts), SONG);
const split = (inputs: readonly string[], options: RunOptions = {}, ...more: string[]) =>
  run(["split", ...inputs, "--out", out, "-m", IDENTITY, "-s", "bass", ...more], options);
const written = async () => (await readdir(out, { recursive: true })).sort();

test("of a folder files are taken by what is in them, links are followed once, the rest is told", async () => {
  for (const name of ["a.wav", "b.mkv", "c", "d.ts"]) await put(name);
  await writeFile(path.join(songs, "cover.jpg"), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
  await writeFile(path.join(songs, "code.ts"), "export {};\n");
  const other = path.join(folder, "other");
  await mkdir(other);
  await writeFile(path.join(other, "e.wav"), SONG);
  await symlink(other, path.join(songs, "link"));
  await symlink(songs, path.join(other, "circle"));
  await symlink(path.join(folder, "gone.wav"), path.join(songs, "dead.wav"));
  const { code, stderr } = await split([songs]);
  assert.equal(code, 1);
  assert.match(stderr, /note: .*songs: Left out as no audio: [^,]+, [^,]+\.\n/);
  assert.match(stderr, /dead\.wav cannot be opened/);
  assert.deepEqual(
    await written(),
    ["a", "b", "c", "d", "e"].map((name) => `${name}_bass.wav`),
  );
});

test("a song that is called like a stem is split, what this command wrote is left out and told", async () => {
  for (const name of [
    "my_bass.wav",
    "one.wav",
    "one_drums.wav",
    "two_bass.wav",
    "two_vocals.wav",
  ]) {
    await put(name);
  }
  const { code, stderr } = await split([songs]);
  assert.equal(code, 0);
  assert.match(stderr, /earlier runs: one_drums\.wav, two_bass\.wav, two_vocals\.wav;/);
  assert.deepEqual(await written(), ["my_bass_bass.wav", "one_bass.wav"]);
});

test("equal names from several folders go to folders of their own", async () => {
  for (const disc of ["disc 1", "disc 2"]) {
    await mkdir(path.join(songs, disc));
    await put(disc, "intro.wav");
  }
  await put("only.wav");
  assert.equal((await split([songs])).code, 0);
  assert.deepEqual(await written(), [
    "disc 1",
    "disc 1/intro_bass.wav",
    "disc 2",
    "disc 2/intro_bass.wav",
    "only_bass.wav",
  ]);
});

test("a name never reaches the terminal as what a terminal obeys", async () => {
  const names = ["\x1b[2Jred\x07.wav", "\u009b31mred.wav", "right\u202eleft.wav"];
  for (const name of names) await put(name);
  const there = names.map((name) => path.join(songs, name));
  const missing = names.map((name) => path.join(songs, `no ${name}`));
  for (const more of [[], ["--json"], ["-q"]]) {
    for (const inputs of [there, missing]) {
      const { stdout, stderr } = await split(inputs, {}, "--force", ...more);
      const lines = (stdout + stderr).replaceAll("\n", "");
      assert.doesNotMatch(lines, /[\p{Cc}\u202e]/u);
      if (more[0] !== "-q" || inputs === missing) {
        for (const word of ["2Jred", "31mred", "left"]) assert.ok(lines.includes(word), word);
      }
      if (more[0] === "--json") assert.ok(events(stdout).length >= names.length);
    }
  }
});

test("a name that is not UTF-8 is told, and the other files are split", async () => {
  const bad = [Buffer.from([0xe9]), Buffer.from([0xff, 0xfe]), Buffer.from("caf\xe9", "latin1")];
  for (const name of bad) {
    await writeFile(Buffer.concat([Buffer.from(`${songs}/`), name, Buffer.from(".wav")]), SONG);
  }
  await put("good.wav");
  const { code, stdout } = await split([songs], {}, "--json");
  assert.equal(code, 1);
  const errors = events(stdout).filter(({ event }) => event === "error");
  assert.equal(errors.length, 3);
  for (const error of errors) assert.match(String(error.message), /not in UTF-8.*rename it/);
  assert.deepEqual(await written(), ["good_bass.wav"]);
});

test("standard input and addresses get a hint", async () => {
  for (const [input, hint] of [
    ["-", /not standard input: write it to a file/],
    ["https://example.org/a.mp3", /not addresses: download https/],
    ["http://example.org", /not addresses: download http/],
    ["file:///tmp/a.wav", /takes paths of files/],
  ] as const) {
    const { code, stderr } = await split([input]);
    assert.equal(code, 2);
    assert.match(stderr, hint);
  }
});

test("a home that may not be read does not hide the package's models", async () => {
  const home = path.join(folder, "home");
  await mkdir(path.join(home, "danna-sep", "models"), { recursive: true });
  await chmod(folder, 0o777);
  await put("a.wav");
  await chmod(home, 0o000);
  for (const variable of ["XDG_DATA_HOME", "DANNA_SEP_MODELS", "LOCALAPPDATA"]) {
    const env = { XDG_DATA_HOME: "", LOCALAPPDATA: "", [variable]: home };
    const args = ["split", path.join(songs, "a.wav"), "-m", "live", "--out", out, "--force"];
    const { code, stderr } = await run(args, { unprivileged: true, env });
    assert.equal(code, 0, `${variable}: ${stderr}`);
    const none = await run([...args.slice(0, 3), "missing"], { unprivileged: true, env });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /no model "missing" here \(there is: .*live.* may not be read/);
  }
  await chmod(home, 0o700);
});

test("what a disk refuses is said in words, with the file", async () => {
  await put("a.wav");
  const long = "x".repeat(300);
  const song = path.join(songs, "a.wav");
  const file = path.join(folder, "file");
  await writeFile(file, "");
  for (const [input, target, message] of [
    [path.join(songs, `${long}.wav`), out, /x\.wav cannot be opened: its name is too long/],
    [song, path.join(folder, long), /The folder .* cannot be made: its name is too long/],
    [song, file, /The folder .*file cannot be made: a file of that name is there already/],
    [song, path.join(file, "below"), /cannot be made: a part of its path is no folder/],
  ] as const) {
    const args = ["split", input, "--out", target, "-m", IDENTITY, "-q"];
    const { code, stderr } = await run(args);
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /E[A-Z]{4,}/);
  }
});

const HANDED = path.resolve("../shared/cases/folder-skips");
const withoutThem = !existsSync(HANDED) && `${HANDED} is not there`;

test("the handed folders are split", { skip: withoutThem }, async () => {
  await cp(HANDED, path.join(songs, "cases"), { recursive: true });
  assert.equal((await split([path.join(songs, "cases")])).code, 0);
  assert.deepEqual(await written(), ["my_bass_bass.wav", "readable_bass.wav"]);
});
