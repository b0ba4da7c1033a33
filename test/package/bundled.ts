// Consumers' projects built by bundlers from the packed package. Runs in Node.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { build as viteBuild, createLogger, createServer } from "vite";
import webpack from "webpack";
import type * as Consumer from "./consumer-page.ts";
import { assertSeparated, startHost, visit } from "./sites.ts";

/** Writes a project's sources, by file name, into a folder of its own beside `node_modules`. */
export async function writeProject(
  folder: string,
  name: string,
  files: Record<string, string>,
): Promise<string> {
  const project = path.join(folder, name);
  await mkdir(project);
  for (const [file, text] of Object.entries(files)) {
    await writeFile(path.join(project, file), text);
  }
  return project;
}

function listeningLogger() {
  const warnings: string[] = [];
  const customLogger = createLogger("silent");
  // How long a build's steps took is no fault of the package.
  customLogger.warn = (message) => message.includes("PLUGIN_TIMINGS") || warnings.push(message);
  customLogger.warnOnce = customLogger.warn;
  return { warnings, customLogger };
}

/** Builds a project with index.html for production; a warning fails. Returns the output's folder. */
export async function buildWithVite(root: string): Promise<string> {
  const { warnings, customLogger } = listeningLogger();
  await viteBuild({
    root,
    configFile: false,
    customLogger,
    build: { chunkSizeWarningLimit: 1000, reportCompressedSize: false },
  });
  assert.deepEqual(warnings, []);
  return path.join(root, "dist");
}

/** Checks the page of a project with index.html, unbuilt, on Vite's own server; a warning fails. */
export async function checkOnViteServer(browser: Browser, root: string): Promise<void> {
  const { warnings, customLogger } = listeningLogger();
  const host = await startHost({});
  const theirs = Object.fromEntries(
    ["/song", "/check.js", "/favicon.ico"].map((path) => [path, host.url]),
  );
  const server = await createServer({
    root,
    configFile: false,
    customLogger,
    // The package lies in the folder above, as in a workspace.
    server: { host: "127.0.0.1", port: 0, proxy: theirs, fs: { allow: [path.dirname(root)] } },
  });
  try {
    await server.listen();
    const [url] = server.resolvedUrls!.local;
    // The page takes its own Lit, which is the development build there.
    await checkUrl(browser, url, `${url}check.js`, /lit\.dev\/msg\/(dev-mode|change-in-update)/);
  } finally {
    await server.close();
    await host.close();
  }
  assert.deepEqual(warnings, []);
}

/** Builds a project's main.js for production; a warning fails. Returns the output's folder. */
export async function buildWithWebpack(context: string): Promise<string> {
  const output = path.join(context, "dist");
  const compiler = webpack({
    context,
    mode: "production",
    entry: "./main.js",
    output: { path: output, filename: "main.js" },
    // Its advice on file sizes means the models and ONNX Runtime.
    performance: false,
  });
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
  );
  await new Promise<void>((resolve) => compiler.close(() => resolve()));
  const { errors, warnings } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
  assert.deepEqual({ errors, warnings }, { errors: [], warnings: [] });
  return output;
}

export const page = (script: string, body: string) => `<!doctype html><html lang="en">
  <meta charset="utf-8"><title>A consumer</title><body>${body}${script}</body></html>`;

/** Opens the page in a built project's folder, or `html` there, as `checkUrl` does. */
export async function checkPage(browser: Browser, folder: string, html?: string): Promise<void> {
  const host = await startHost({ mounts: { "/": folder }, ...(html && { pages: { "/": html } }) });
  try {
    await checkUrl(browser, `${host.url}/`, `${host.url}/check.js`);
  } finally {
    await host.close();
  }
}

/**
 * Opens a page that has a <stem-mixer> for the song, and `createStemSeparator` and `splitFile` as
 * globals, and lets all three work.
 */
async function checkUrl(
  browser: Browser,
  url: string,
  script: string,
  expected?: RegExp,
): Promise<void> {
  const check = async (page: Page) => {
    const models = new Set<string>();
    page.context().on("request", (request) => {
      if (/\.planes(-[\w-]+)?\.gz$/.test(request.url())) models.add(request.url());
    });
    const played = await page.evaluate(async (script) => {
      const consumer = (await import(script)) as typeof Consumer;
      return consumer.playMixer(document.querySelector("stem-mixer")!);
    }, script);
    assert.equal(played.state, "ready");
    const separated = await page.evaluate(async (script) => {
      const consumer = (await import(script)) as typeof Consumer;
      const { createStemSeparator } = window as unknown as {
        createStemSeparator: Parameters<typeof Consumer.separateSong>[0];
      };
      return consumer.separateSong(createStemSeparator, "/song/song.mp3", {}, 0.5);
    }, script);
    assertSeparated(separated, "ports");
    const splits = await page.evaluate(async (script) => {
      const { splitSong } = (await import(script)) as typeof Consumer;
      const { splitFile } = window as unknown as { splitFile: Parameters<typeof splitSong>[0] };
      const song = "/song/song.mp3";
      return [await splitSong(splitFile, song, 1), await splitSong(splitFile, song, 0)];
    }, script);
    assert.equal(models.size, 2, "splits take the studio preset: its network, and the live one");
    for (const { seconds, error } of splits) {
      assert.equal(seconds, 2);
      assert.ok(error < 1e-3, `stems do not add up to the song: ${error}`);
    }
  };
  await visit(browser, url, check, expected);
}
