// The command as a user gets it: installed by npm from the tarball into an empty folder, on a machine
// with nothing but Node, and run on a real song. Asks npm's registry for what the package depends on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { readFloatWav } from "../cli/wav.ts";
import { findFfmpeg, onPath } from "../support/programs.ts";
import { packConsumer, type Packed } from "./packed.ts";
import { SONG } from "./sites.ts";

let packed: Packed;
let folder: string;
before(async () => {
  packed = await packConsumer();
  folder = await mkdtemp(path.join(tmpdir(), "danna-command-"));
});
after(async () => {
  await rm(folder, { recursive: true });
  await packed.dispose();
});

test("npx danna-sep split, with nothing but Node", { timeout: 240_000 }, async () => {
  const programs = path.join(folder, "bin");
  const place = path.join(folder, "place");
  await mkdir(programs);
  await mkdir(place);
  for (const name of ["node", "npm", "npx", "sh"]) {
    await symlink(onPath(name) ?? assert.fail(`no ${name}`), path.join(programs, name));
  }
  await cp(`${SONG}/song.mp3`, path.join(place, "song.mp3"));
  const run = (program: string, ...args: string[]) =>
    execFileSync(path.join(programs, program), args, {
      cwd: place,
      env: { ...process.env, PATH: programs },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  run("npm", "install", "--no-audit", "--no-fund", packed.tarball);
  const doctor = JSON.parse(run("npx", "--no", "danna-sep", "doctor", "--json")) as {
    models: { name: string; speed?: number }[];
  };
  const fast = doctor.models.filter(({ speed }) => Number(speed) > 0).map(({ name }) => name);
  assert.deepEqual(fast.sort(), ["live", "studio", "studio-net"]);
  run("npx", "--no", "danna-sep", "split", "song.mp3", "--out", "stems", "--format", "wav32f");

  const decode = ["-v", "error", "-i", `${SONG}/song.mp3`, "-f", "f32le", "-"];
  const song = execFileSync(findFfmpeg(), decode, { maxBuffer: 2 ** 27 });
  const stems = await Promise.all(
    DEFAULT_STEMS.map(async (stem) =>
      readFloatWav(await readFile(path.join(place, `stems/song_${stem}.wav`))),
    ),
  );
  const frames = song.length / 8;
  for (const { rate, planes } of stems) {
    assert.deepEqual([rate, planes.length, planes[0].length], [44100, 2, frames]);
  }
  for (let n = 0; n < frames; n++) {
    const sum = stems.reduce((total, { planes }) => total + planes[0][n], 0);
    assert.ok(Math.abs(sum - song.readFloatLE(8 * n)) < 1e-4, `sum at ${n}`);
  }
});
