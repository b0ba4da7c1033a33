// Every block of code in the READMEs and the guides does what it is there for: pages play in a real
// Chromium, scripts are type-checked and run, headers are sent, commands are run or looked up. Those of
// the recipe, and its configs, are test/training's.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import type { Browser, Page } from "playwright-core";
import type { StemMixer } from "../../components/index.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import type * as Consumer from "../package/consumer-page.ts";
import { runTool } from "../package/packed.ts";
import { SONG, startHost, visit, type Host } from "../package/sites.ts";
import { launchChromium } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";
import { codeBlocks, indentedCode, type Block } from "./blocks.ts";
import { checkCommands } from "./commands.ts";

const CDN = "https://cdn.example";
const FOLDER = `${CDN}/danna-sep`;
/** Headers that a server of the built files sends; the others are the page's. */
const FILES_HEADERS = ["access-control-allow-origin", "cross-origin-resource-policy"];

const blocks = codeBlocks();
/** Those of a language; one that stands twice is tested once. */
const of = (language: string) =>
  blocks
    .filter((block) => block.language === language)
    .filter(({ code }, i, all) => all.findIndex((other) => other.code === code) === i);
const isNode = ({ code }: Block) => code.includes('"danna-sep/node"');

let browser: Browser;
let cdn: Server;
let folder: string;
before(async () => {
  browser = await launchChromium();
  cdn = await startCdn({ "Access-Control-Allow-Origin": "*" });
  folder = await mkdtemp(path.join(tmpdir(), "danna-docs-"));
  // The song's beginning, for what would split all of it.
  const short = ["-v", "error", "-i", `${SONG}/song.mp3`, "-t", "5", "-c", "copy"];
  execFileSync(findFfmpeg(), [...short, path.join(folder, "song.mp3")]);
  // The model that the manifest in the documents is of.
  await mkdir(path.join(folder, "models"));
  await writeFile(path.join(folder, "models/mine.json"), of("json")[0].code);
  await copyFile("test/models/identity.onnx", path.join(folder, "models/mine.onnx"));
  await mkdir(path.join(folder, "node_modules"));
  await symlink(path.resolve("."), path.join(folder, "node_modules/danna-sep"));
});
after(async () => {
  await browser.close();
  await cdn.close();
  await rm(folder, { recursive: true, force: true });
});

const startCdn = (headers: Record<string, string>) =>
  startServer({ mounts: { "/": "dist" }, isolated: false, headers });

/** What scripts take as given; the text beside them says so. */
const GIVEN = "declare const file: File;\ndeclare const audio: HTMLAudioElement;\n";

/** Listens beside the loudspeakers: `window.heard()` tells whether anything sounds. */
const TAP = `
  const { connect } = AudioNode.prototype;
  const taps = new Map();
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode && target.context instanceof AudioContext) {
      if (!taps.has(target)) taps.set(target, new AnalyserNode(target.context));
      connect.call(this, taps.get(target));
    }
    return connect.call(this, target, ...rest);
  };
  window.heard = () => [...taps.values()].some((tap) => {
    const samples = new Float32Array(tap.fftSize);
    tap.getFloatTimeDomainData(samples);
    return samples.some((x) => Math.abs(x) > 0.01);
  });`;
const heard = (page: Page) => page.waitForFunction("window.heard()");

const asPage = (html: string) =>
  html.startsWith("<!doctype html>")
    ? html
    : `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>${html}</html>`;

/** Plays the page's mixer until the separator has worked for a while; gives its transport. */
const playMixer = (page: Page) =>
  page.evaluate(async () => {
    const consumer = (await import("/check.js" as string)) as typeof Consumer;
    const played = await consumer.playMixer(document.querySelector("stem-mixer") as StemMixer);
    return played.transport;
  });

/** Opens `html` on a host of the demo song; what is told on the console fails the test. */
async function open(
  html: string,
  { pages, ...host }: Host,
  body: (page: Page) => Promise<void>,
): Promise<void> {
  const server = await startHost({
    ...host,
    mounts: {
      "/models/": path.join(folder, "models"),
      "/short/": folder,
      "/": SONG,
      ...host.mounts,
    },
    pages: { "/": html, ...pages },
  });
  try {
    await visit(browser, `${server.url}/blank`, async (page) => {
      await page.addInitScript(TAP);
      await page.goto(`${server.url}/`);
      await body(page);
    });
  } finally {
    await server.close();
  }
}

test("no code escapes: every block is fenced, and of a language that is tested", () => {
  assert.deepEqual(indentedCode(), []);
  const tested = ["html", "js", "css", "http", "json", "sh", "toml", "text"];
  const others = blocks.filter(({ language }) => !tested.includes(language));
  assert.deepEqual(
    others.map(({ where, language }) => `${where} ${language}`),
    [],
  );
  for (const language of tested) assert.ok(of(language).length > 0, `no ${language}`);
});

/** The built files lie beside the page, too. */
const SITE: Host = { mounts: { "/danna-sep/": "dist" } };

for (const { where, code } of of("html")) {
  test(`${where}: the page plays`, () =>
    open(asPage(code.replaceAll(FOLDER, cdn.url)), SITE, async (page) => {
      if ((await page.locator("stem-mixer").count()) > 0) {
        assert.equal(await playMixer(page), "ports");
      } else {
        await page.waitForLoadState("networkidle");
        await page.locator("button").first().click();
        await heard(page);
      }
    }));
}

test("scripts hold in a strict project", async () => {
  const project = path.join(folder, "typed");
  await mkdir(project);
  const files = of("js").map(({ where, code }, i) => ({
    name: `block${i}.ts`,
    text: `// ${where}\n${code}\nexport {};\n`,
  }));
  files.push({ name: "given.d.ts", text: GIVEN });
  const sources = await readdir("src", { recursive: true });
  const ambient = sources
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => path.resolve("src", file));
  for (const { name, text } of files) await writeFile(path.join(project, name), text);
  const at = (file: string) => [path.resolve(file)];
  const paths = {
    "danna-sep": at("src/index.ts"),
    "danna-sep/stem-mixer": at("components/index.ts"),
    "danna-sep/split": at("src/split/index.ts"),
    "danna-sep/output": at("src/output/index.ts"),
    "danna-sep/node": at("src/split/node.ts"),
    "danna-sep/wam": at("components/wam/index.ts"),
    "*": at("node_modules").map((modules) => `${modules}/*`),
  };
  const config = {
    extends: path.resolve("tsconfig.json"),
    compilerOptions: { paths, typeRoots: at("node_modules/@types"), noUnusedLocals: false },
    include: [],
    files: [...files.map(({ name }) => name), ...ambient],
  };
  await writeFile(path.join(project, "tsconfig.json"), JSON.stringify(config));
  try {
    runTool("typescript-7/bin/tsc", ["-p", "."], project);
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});

/** The package as its built files, which the page imports; all else is bundled. */
const builtFiles: Plugin = {
  name: "danna-sep",
  setup({ onResolve }) {
    onResolve({ filter: /^danna-sep(\/|$)/ }, ({ path: name }) => {
      const file = name === "danna-sep" ? "index" : name.slice("danna-sep/".length);
      return { path: `/dist/${file === "wam" ? "wam/index" : file}.js`, external: true };
    });
  },
};

async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: path.resolve("."), loader: "ts" },
    plugins: [builtFiles],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** Gives a script what it takes as given, and tells when it has run to its end. */
const PAGE = `<audio src="song.mp3"></audio><script type="module">
  globalThis.audio = document.querySelector("audio");
  const bytes = await (await fetch("short/song.mp3")).arrayBuffer();
  globalThis.file = new File([bytes], "song.mp3", { type: "audio/mpeg" });
  await import("/block.js");
  document.title = "ran";
</script>`;

for (const { where, code } of of("js").filter((block) => !isNode(block))) {
  test(`${where}: the script runs`, async () => {
    const pages = { "/block.js": await bundled(code) };
    const mounts = { "/dist/": "dist" };
    await open(asPage(PAGE), { pages, mounts }, async (page) => {
      await page.waitForFunction(() => document.title === "ran");
      if (/\b(?:play|start)\(\)/.test(code) && code.includes("context.destination")) {
        if (!code.includes("OfflineAudioContext")) await heard(page);
      }
    });
  });
}

for (const [i, { where, code }] of of("js").filter(isNode).entries()) {
  test(`${where}: the script runs in Node`, async () => {
    const script = path.join(folder, `block${i}.mjs`);
    await writeFile(script, code);
    const { stderr } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
    assert.equal(stderr, "");
  });
}

test("styles name what the mixer has", async () => {
  const mixer = await readFile("components/stem-mixer.ts", "utf8");
  for (const { where, code } of of("css")) {
    for (const [, property] of code.matchAll(/^\s*(--[\w-]+):/gm)) {
      assert.match(mixer, new RegExp(`@cssproperty \\[?${property}\\b`), where);
    }
    for (const [, part] of code.matchAll(/::part\(([\w-]+)\)/g)) {
      assert.match(mixer, new RegExp(`@csspart ${part} `), where);
    }
  }
});

for (const { where, code } of of("http")) {
  test(`${where}: a page plays under these headers`, async () => {
    const headers = code
      .trim()
      .split("\n")
      .map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
    const ofFiles = headers.filter(([name]) => FILES_HEADERS.includes(name.toLowerCase()));
    const ofPage = headers.filter((header) => !ofFiles.includes(header));
    const files = ofFiles.length > 0 ? await startCdn(Object.fromEntries(ofFiles)) : cdn;
    // The files' headers are for isolated pages, too.
    const embedder = ofPage.some(([name]) => name === "Cross-Origin-Embedder-Policy");
    const isolated = embedder || ofFiles.length > 0;
    const elsewhere = ofFiles.length > 0 || code.includes(CDN);
    const tag = `<script src="${elsewhere ? files.url : "/danna-sep"}/embed.js" crossorigin async></script>
      <stem-mixer src="song.mp3"></stem-mixer>`;
    const sent = ofPage.map(([name, value]) => [name, value.replaceAll(CDN, files.url)] as const);
    const host = {
      mounts: { "/danna-sep/": "dist" },
      headers: Object.fromEntries(sent),
      isolated: ofFiles.length > 0,
    };
    try {
      await open(asPage(tag), host, async (page) => {
        assert.equal(await playMixer(page), isolated ? "shared" : "ports");
      });
    } finally {
      if (files !== cdn) await files.close();
    }
  });
}

test("manifests are what the engine reads", () => {
  for (const { code } of of("json")) loadManifest(JSON.parse(code));
});

for (const block of of("sh")) {
  test(`${block.where}: the commands are there`, () => checkCommands(block, folder));
}
