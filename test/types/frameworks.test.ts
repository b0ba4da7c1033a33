// The elements in JSX and markup of frameworks: what is right compiles with their own types, what is wrong does not.
// Runs in Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const COMPILER = path.resolve("node_modules/typescript-7/bin/tsc");

/** A project beside this one, with the same packages. */
const folder = mkdtempSync(path.join(tmpdir(), "danna-frameworks-"));
symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
after(() => rmSync(folder, { recursive: true }));

/** What the compiler finds wrong with each of some files. */
function problems(sources: readonly string[], options: object): string[][] {
  const files = sources.map((_, i) => `page-${i}.tsx`);
  sources.forEach((source, i) => writeFileSync(path.join(folder, files[i]), source));
  const compilerOptions = {
    ...{ target: "es2022", module: "esnext", moduleResolution: "bundler" },
    lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
    ...{ types: [], experimentalDecorators: true, useDefineForClassFields: false },
    ...options,
  };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  let told = "";
  try {
    execFileSync(process.execPath, [COMPILER, "-p", ".", "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
  } catch (error) {
    told = (error as { stdout: string }).stdout;
  }
  // What is told of no file is wrong with the project; of the elements' sources `npm run types` tells.
  assert.doesNotMatch(told, /^error/m);
  const lines = told.split("\n");
  return files.map((file) => lines.filter((line) => line.startsWith(`${file}(`)));
}

const jsx = (jsxImportSource: string, preserve = false) => ({
  jsx: preserve ? "preserve" : "react-jsx",
  jsxImportSource,
});
const said = `(event) => { const message: string = event.detail.error.message; void message; }`;

interface Framework {
  readonly name: string;
  readonly options: object;
  readonly right: string;
  /** Each is wrong in place of `right`. */
  readonly wrong: readonly string[];
}

const FRAMEWORKS: readonly Framework[] = [
  ...(["react", "preact"] as const).map((name) => ({
    name,
    options: jsx(name),
    right: `export const page = <div><stem-mixer src="song.mp3" latency-mode="safe" tempo={0.9} loop={{ a: 1, b: 2 }}
      together key="a" style={{ width: 300 }} onstem-error={${said}}
      ref={(mixer) => { void mixer?.play(); }} /><gain-knob stem="vocals" onstem-gain-request={({ detail }) => detail.gain} /></div>;`,
    wrong: [
      `export const page = <stem-mixer latency-mode="fast" />;`,
      `export const page = <stem-mixer loop={7} />;`,
      `export const page = <stem-mixer onstem-error={({ detail }) => detail.nothing} />;`,
      `export const page = <stem-mixer paused />;`,
      `export const page = <stem-mixed />;`,
    ],
  })),
  {
    name: "solid",
    options: jsx("solid-js", true),
    right: `export const page = <div><stem-mixer src="song.mp3" latency-mode="safe" prop:loop={{ a: 1, b: 2 }}
      style={{ width: "300px" }} on:stem-error={${said}} ref={(mixer) => { void mixer.play(); }} /></div>;`,
    wrong: [
      `export const page = <stem-mixer latency-mode="fast" />;`,
      `export const page = <stem-mixer prop:loop={7} />;`,
      `export const page = <stem-mixer on:stem-error={({ detail }) => detail.nothing} />;`,
      `export const page = <stem-mixed />;`,
    ],
  },
  {
    name: "svelte",
    options: {},
    right: `import type { SvelteHTMLElements } from "svelte/elements";
      export const mixer: SvelteHTMLElements["stem-mixer"] = { src: "song.mp3", "latency-mode": "safe", class: "wide",
        loop: { a: 1, b: 2 }, "onstem-error": ${said} };`,
    wrong: [
      `import type { SvelteHTMLElements } from "svelte/elements";
      export const mixer: SvelteHTMLElements["stem-mixer"] = { "latency-mode": "fast" };`,
      `import type { SvelteHTMLElements } from "svelte/elements";
      export const mixer: SvelteHTMLElements["stem-mixer"] = { loop: 7 };`,
    ],
  },
  {
    name: "vue",
    options: {},
    right: `import type { GlobalComponents } from "vue";
      type Props = InstanceType<GlobalComponents["stem-mixer"]>["$props"];
      export const mixer: Props = { src: "song.mp3", "latency-mode": "safe", class: "wide", key: 3,
        loop: { a: 1, b: 2 }, onStemError: ${said} };`,
    wrong: [
      `import type { GlobalComponents } from "vue";
      export const mixer: InstanceType<GlobalComponents["stem-mixer"]>["$props"] = { "latency-mode": "fast" };`,
      `import type { GlobalComponents } from "vue";
      export const mixer: InstanceType<GlobalComponents["stem-mixer"]>["$props"] = { onStemError: (event) => event.detail.nothing };`,
    ],
  },
];

for (const { name, options, right, wrong } of FRAMEWORKS) {
  test(`${name}: an element's attributes, properties and listeners compile, others do not`, () => {
    const file = path.resolve(`components/frameworks/${name}.ts`);
    const types = `import type {} from ${JSON.stringify(file)};\n`;
    const sources = [right, ...wrong].map((source) => types + source);
    const [found, ...others] = problems(sources, options);
    assert.deepEqual(found, []);
    others.forEach((found, i) => assert.notDeepEqual(found, [], wrong[i]));
  });
}
