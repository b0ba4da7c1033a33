// The Custom Elements Manifest against the elements themselves, and importing without a DOM. Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { LitElement } from "lit";
import * as karaoke from "../../components/karaoke.ts";
import * as pictures from "../../components/pictures.ts";

const elements = { ...pictures, ...karaoke };

interface Declaration {
  readonly name: keyof typeof elements;
  readonly tagName: string;
  readonly description: string;
  readonly attributes?: readonly { readonly name: string; readonly description?: string }[];
  readonly events?: readonly { readonly name: string }[];
  readonly cssParts?: readonly { readonly name: string }[];
  readonly slots?: readonly { readonly name: string }[];
  readonly cssProperties?: readonly { readonly name: string }[];
  readonly members?: readonly { readonly name: string }[];
}

const TAGS = [
  "gain-knob",
  "level-meter",
  "spectrum-view",
  "stem-lyrics",
  "stem-mixer",
  "stem-pitch",
  "stem-singer",
  "stem-strip",
  "stem-timeline",
];

let folder: string;
let declarations: Declaration[];
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "danna-manifest-"));
  const config = "components/custom-elements-manifest.config.mjs";
  const cem = "node_modules/@custom-elements-manifest/analyzer/cem.js";
  execFileSync(process.execPath, [
    cem,
    "analyze",
    "--config",
    config,
    "--outdir",
    path.relative("", folder),
  ]);
  const text = readFileSync(path.join(folder, "custom-elements.json"), "utf8");
  const { modules } = JSON.parse(text) as { modules: { declarations: Declaration[] }[] };
  declarations = modules.flatMap((module) => module.declarations);
});
after(() => rmSync(folder, { recursive: true }));

/** All sources of the elements' templates and styles. */
const sources = [
  ...TAGS.map((tag) => `components/${tag}.ts`),
  ...readdirSync("components/mixer").map((name) => `components/mixer/${name}`),
]
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

test("every element is in the manifest, described", () => {
  assert.deepEqual(declarations.map(({ tagName }) => tagName).sort(), TAGS);
  for (const { tagName, description } of declarations) assert.ok(description.length > 40, tagName);
});

test("each attribute of the mixer has a row in docs/embed.md", () => {
  const [, table] = readFileSync("docs/embed.md", "utf8").split(/^## /m);
  const { attributes = [] } = declarations.find(({ tagName }) => tagName === "stem-mixer")!;
  const rows = table.match(/^\|[^|]*/gm)!.join();
  const missing = attributes.filter(({ name }) => !rows.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});

test("its attributes are those that the elements observe, and each is described", () => {
  for (const { name, tagName, attributes = [] } of declarations) {
    const observed = (elements[name] as unknown as typeof LitElement).observedAttributes;
    // `lang` is every HTML element's own.
    const named = attributes.map(({ name }) => name).filter((name) => name !== "lang");
    const undocumented = observed.filter((name) => !named.includes(name));
    assert.deepEqual(undocumented, [], `${tagName} observes`);
    assert.deepEqual(
      named.filter((name) => !observed.includes(name)),
      [],
      `${tagName} has not`,
    );
    for (const attribute of attributes) {
      const documented = attribute.description || /^(running|muted)$/.test(attribute.name);
      assert.ok(documented, `${tagName} ${attribute.name} is described`);
    }
  }
});

test("its events, parts and slots exist", () => {
  const names = [...Object.values(elements.Events), ...Object.values(elements.Requests)];
  for (const { tagName, events = [], cssParts = [], slots = [] } of declarations) {
    for (const { name } of events)
      assert.ok((names as string[]).includes(name), `${tagName} ${name}`);
    for (const { name } of cssParts) {
      const used = new RegExp(`part="[^"]*\\b${name}\\b|arc\\("${name}"`).test(sources);
      assert.ok(used, `${tagName} part ${name}`);
    }
    for (const { name } of slots) {
      const used = sources.includes(name ? `<slot name="${name}"` : "<slot");
      assert.ok(used, `${tagName} slot ${name}`);
    }
  }
});

test("nothing private or internal is in it", () => {
  for (const { tagName, members = [] } of declarations) {
    for (const { name } of members) {
      assert.doesNotMatch(name, /^#|^(heardGains|session|recording|fail|renderRoot)$/, tagName);
    }
  }
});

test("the built elements can be imported where there is no DOM, and define nothing there", () => {
  const script = `
    const elements = await import("./dist/stem-mixer.js");
    if (typeof elements.StemMixer !== "function") throw new Error("no class");
    if ("HTMLElement" in globalThis || "document" in globalThis) throw new Error("globals were left");`;
  execFileSync(process.execPath, ["--input-type=module", "--eval", script]);
});
