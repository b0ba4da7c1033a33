// Runs the tests: `npm test` those of the code, `npm run test:package` those of what is delivered, `npm run test:ci` both in
// less time than one after the other, `npm run test:long` those of the code that take long and look closer at what other
// tests look at, too. First, one more at a time than there are cores, the files that compute or wait for
// conditions, of which small ones share a process; then two at a time those that play in real time; and at last, one at
// a time, those that would be disturbed. Beside the last, at the lowest priority, run those that only compute; beside two
// that play they may make live audio late. With `--again` the files of which a test failed run once more, alone: a busy
// machine can disturb what plays, a defect fails twice. `npm test -- WORD …` runs the files of all three groups whose path
// has the word, or, where there are none, the tests whose names have it. Runs in Node.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, constants, setPriority, tmpdir } from "node:os";
import path from "node:path";
import { run } from "node:test";
import { spec, tap } from "node:test/reporters";
import { pathToFileURL } from "node:url";

/** Folders whose tests are about the package as it is delivered: its command, documents, pages, types and figures. */
const DELIVERED = [
  "bench",
  "browsers",
  "cli",
  "demo",
  "docs",
  "extension",
  "package",
  "security",
  "types",
];

const named = (names: readonly string[]) => names.map((name) => path.normalize(`${name}.test.ts`));

/** Tests of the code that take long, and whose subjects others of `npm test` touch: `npm run test:long`. */
const CLOSER = named([
  // What is heard and recorded, to the sample: mixer, save-mix, same-as-engine.
  "components/mixer-audio",
  // Sizes, places and pictures in every state: mixer, elements.
  "components/mixer-boxes",
  "components/mixer-states",
  // What is known of a song: mixer, song-analyst.
  "components/mixer-facts",
  // Songs, models and parts that cannot be had: mixer.
  "components/mixer-failures",
  // Mixers that come late, move, leave and come back: mixer, mixer-life.
  "components/mixer-lifecycle",
  // Keys, mouse, touch and MIDI for every action: mixer-keys, mixer-inputs.
  "components/mixer-ways",
  // How often is drawn: frames, mixer-keys.
  "components/mixer-work",
  // Lanes by wheel, fingers and buttons: mixer-ways, timeline-view.
  "components/mixer-zoom",
  // A mixer with words: lyrics, elements.
  "components/stem-lyrics",
  // Words and their times: stem-lyrics, lyrics.
  "components/lyrics-in-time",
  // The ribbon of a voice, and microphones: stem-pitch, mixer-inputs.
  "components/stem-singer",
  // Formats times rates times channels: kinds, media, elementary.
  "decode/matrix",
  // Models in software's WebGPU, which is slow: engine, split.
  "live/webgpu",
  // Files of stems as others read them: stem-mp4, stem-file.
  "output/stem-files",
  // Better stems of media elements, and stems that songs bring: song-stems, stem-files.
  "player/element-stems",
  "player/own-stems",
  // Songs in blocks, and what of them lies in a file: decode-song, song-detail, block-feeder.
  "player/long-song",
  // Clicks on the beat, to the sample: beats, song-analyst.
  "player/metronome",
]);

/** Those that take longest and load a core, longest first: begun early, none is left to run alone at the end. */
const LONG = named([
  "components/mixer-lifecycle",
  "components/mixer-states",
  "components/mixer-failures",
  "components/mixer-boxes",
  "player/long-song",
  "components/mixer-work",
  "player/own-stems",
  "components/mixer-audio",
  "components/stem-singer",
  "components/mixer-keys",
  "components/mixer-facts",
  "demo/demo-pages",
  "package/package",
  "docs/docs",
  "bench/bench",
  "cli/command",
  "cli/inputs",
  "demo/embed",
  "demo/languages",
  "demo/monitor",
]);

/** Those that play in real time for most of their time, and stand another one beside them. */
const IN_PAIRS = named([
  "components/mixer",
  "components/mixer-inputs",
  "components/stem-pitch",
  "player/song-stems",
  "player/element-stems",
  "sources/sources",
  "demo/demo-page",
]);

/** Those that load a core, and do not mind when they get it. */
const BESIDE = named([
  "decode/matrix",
  "live/same-as-engine",
  "player/metronome",
  "player/save-mix",
  "live/identity",
  "live/webgpu",
  "split/workers",
  "split/native",
  "split/same-everywhere",
  "split/six-stems",
  "split/page-workers",
  "split/split-stream",
  "output/stem-files",
  "decode/elementary",
  "decode/kinds",
  "decode/media",
]);

/** Those that measure what comes when, or load the machine on purpose. */
const ALONE = named([
  "components/lyrics-in-time",
  "live/realtime",
  "live/recovery",
  "live/separator",
]);

/** These look at what another test of the same process would have loaded. */
const BY_THEMSELVES = named(["components/core", "dsp/fft", "output/stem-mp4"]);

const again = process.argv.includes("--again");
const closer = process.argv.includes("--long");
const ci = process.argv.includes("--ci");
const words = process.argv.slice(2).filter((word) => !["--again", "--long", "--ci"].includes(word));
const all = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .sort();
const gone = [...CLOSER, ...LONG, ...BY_THEMSELVES, ...IN_PAIRS, ...BESIDE, ...ALONE].filter(
  (file) => !all.includes(file),
);
if (gone.length > 0)
  throw new Error(`test/run.ts names files that are not there: ${gone.join(", ")}`);
const rank = (file: string) => (LONG.includes(file) ? LONG.indexOf(file) : LONG.length);

/** A group of tests: files, and where only some of their tests are wanted, what the names must have. */
interface Group {
  readonly files: readonly string[];
  readonly names?: readonly RegExp[];
}

/** `ring` begins a word of `ring/ring.test.ts` and of "the ring is full", not of "rendering". */
const beginsWith = (word: string) => new RegExp(`\\b${word.replace(/\W/g, "\\$&")}`, "i");

function groupOf(words: readonly string[]): Group {
  if (ci) return { files: all.filter((file) => !CLOSER.includes(file)) };
  if (words.length === 0 || words.includes("delivered")) {
    const group = words.includes("delivered") ? "delivered" : closer ? "closer" : "code";
    const groupOfFile = (file: string) =>
      DELIVERED.includes(file.split(path.sep)[0])
        ? "delivered"
        : CLOSER.includes(file)
          ? "closer"
          : "code";
    return { files: all.filter((file) => groupOfFile(file) === group) };
  }
  const wanted = words.map(beginsWith);
  const byPath = all.filter((file) => wanted.every((word) => word.test(file)));
  if (byPath.length > 0) return { files: byPath };
  const read = (file: string) => readFileSync(path.join(import.meta.dirname, file), "utf8");
  const byName = all.filter((file) => wanted.some((word) => word.test(read(file))));
  if (byName.length === 0) throw new Error(`No test file or test has "${words.join(" ")}".`);
  return { files: byName, names: wanted };
}

/** What speaks of more than a pure function: hooks are a whole process's, and so is what a test puts in the place of others. */
const MORE =
  /\b(before|after|beforeEach|afterEach)\(|mock|process\.|globalThis|spawn|execFile|Worker|chromium|[Hh]arness|dist\//;
/** Files that are so small that Node's start takes longer than their tests: some processes run them all, one after the other. */
function together(files: readonly string[], folder: string, processes: number): readonly string[] {
  const isSmall = (file: string) =>
    ![...LONG, ...BY_THEMSELVES].includes(file) && !MORE.test(readFileSync(inTest(file), "utf8"));
  const small = files.filter(isSmall);
  if (small.length === 0) return files;
  const entries = Array.from({ length: processes }, (_, i) => {
    const imports = small
      .filter((_, at) => at % processes === i)
      .map((file) => {
        return `import ${JSON.stringify(pathToFileURL(inTest(file)))};\n`;
      });
    const entry = path.join(folder, `small-${i}.mjs`);
    writeFileSync(entry, imports.join(""));
    return relative(entry);
  });
  return [...files.filter((file) => !small.includes(file)), ...entries];
}

const inTest = (file: string) => path.join(import.meta.dirname, file);
const relative = (file: string) => path.relative(import.meta.dirname, file);

/** Runs the files, says how long that took, and returns those of which a test failed. */
async function runAll({ files, names }: Group, concurrency: number): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const begun = performance.now();
  const events = run({
    files: files.map(inTest),
    concurrency,
    ...(names && { testNamePatterns: [...names] }),
    // A file's: Node 20 gives the tests of a file none. The longest takes half of it on two busy cores.
    timeout: 480_000,
  });
  const failed = new Set<string>();
  events.on("test:fail", ({ file, name }) => failed.add(relative(file ?? name)));
  const report = process.stdout.isTTY ? events.compose(new spec()) : events.compose(tap);
  for await (const text of report) process.stdout.write(text as string);
  const seconds = Math.round((performance.now() - begun) / 1000);
  process.stdout.write(`# ${files.length} files, ${concurrency} at a time: ${seconds} s\n`);
  return [...failed];
}

/** As `runAll`, in a process that gets what the others leave, a file for each core; its report comes in one piece. */
async function runBeside({ files, names = [] }: Group): Promise<() => Promise<readonly string[]>> {
  if (files.length === 0) return () => Promise.resolve([]);
  const failures = path.join(mkdtempSync(path.join(tmpdir(), "danna-sep-run-")), "failed");
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      "--test",
      `--test-concurrency=${availableParallelism()}`,
      `--test-reporter=${process.stdout.isTTY ? "spec" : "tap"}`,
      "--test-reporter-destination=stdout",
      `--test-reporter=${inTest("support/failed-files.mjs")}`,
      `--test-reporter-destination=${failures}`,
      ...names.map(({ source }) => `--test-name-pattern=/${source}/i`),
      ...files.map(inTest),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(child, "close");
  await once(child, "spawn");
  setPriority(child.pid!, constants.priority.PRIORITY_LOW);
  const report: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => report.push(part));
  return async () => {
    const [code] = (await ended) as [number | null];
    process.stdout.write(Buffer.concat(report));
    const failed = new Set(
      readFileSync(failures, "utf8").split("\n").filter(Boolean).map(relative),
    );
    rmSync(path.dirname(failures), { recursive: true });
    if (code !== 0 && failed.size === 0) throw new Error(`the tests beside ended with ${code}`);
    return [...failed];
  };
}

const { files, names } = groupOf(words);
const those = (list: readonly string[]) => ({
  files: files.filter((file) => list.includes(file)),
  names,
});
const others = files.filter((file) => ![...IN_PAIRS, ...BESIDE, ...ALONE].includes(file));
others.sort((a, b) => rank(a) - rank(b));
const atATime = availableParallelism() + 1;
const folder = mkdtempSync(path.join(tmpdir(), "danna-sep-small-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
// Where tests are named, most files have none of them.
const first = names ? others : together(others, folder, atATime);
const failed = [
  ...(await runAll({ files: first, names }, atATime)),
  ...(await runAll(those(IN_PAIRS), 2)),
];
const beside = await runBeside(those(BESIDE));
failed.push(...(await runAll(those(ALONE), 1)));
failed.push(...(await beside()));
if (!again || failed.length === 0) {
  process.exitCode = failed.length > 0 ? 1 : 0;
} else {
  process.stdout.write(`# once more, alone: ${failed.join(", ")}\n`);
  const twice = await runAll({ files: failed, names }, 1);
  const once = failed.filter((file) => !twice.includes(file));
  if (once.length > 0)
    process.stdout.write(`# failed once, then passed alone: ${once.join(", ")}\n`);
  process.exitCode = twice.length > 0 ? 1 : 0;
}
