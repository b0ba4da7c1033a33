// The elements in JSX and markup of frameworks: what is right compiles with their own types, what is wrong does not.
// Runs in Node.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import ts from "typescript";

const FOLDER = import.meta.dirname;

const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler finds wrong with each of some files of this folder. */
function problems(sources: readonly string[], options: ts.CompilerOptions): string[][] {
  const files = new Map(sources.map((source, i) => [path.join(FOLDER, `page-${i}.tsx`), source]));
  const all: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
    ...{ types: [], experimentalDecorators: true, useDefineForClassFields: false },
    ...options,
  };
  const host = ts.createCompilerHost(all);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    const source = files.get(name);
    if (source !== undefined) return ts.createSourceFile(name, source, rest[0]);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([...files.keys()], all, host);
  return [...files.keys()].map((name) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(name))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ")),
  );
}

const jsx = (jsxImportSource: string, preserve = false): ts.CompilerOptions => ({
  jsx: preserve ? ts.JsxEmit.Preserve : ts.JsxEmit.ReactJSX,
  jsxImportSource,
});
const said = `(event) => { const message: string = event.detail.error.message; void message; }`;

interface Framework {
  readonly name: string;
  readonly options: ts.CompilerOptions;
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
    const types = `import type {} from "../../components/frameworks/${name}.ts";\n`;
    const sources = [right, ...wrong].map((source) => types + source);
    const [found, ...others] = problems(sources, options);
    assert.deepEqual(found, []);
    others.forEach((found, i) => assert.notDeepEqual(found, [], wrong[i]));
  });
}
