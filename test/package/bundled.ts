// Consumers' projects built by bundlers from the packed package. Runs in Node.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright-core";
import { build as viteBuild, createLogger } from "vite";
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

/** Builds a project with index.html for production; a warning fails. Returns the output's folder. */
export async function buildWithVite(root: string): Promise<string> {
  const warnings: string[] = [];
  const customLogger = createLogger("silent");
  // How long a build's steps took is no fault of the package.
  customLogger.warn = (message) => message.includes("PLUGIN_TIMINGS") || warnings.push(message);
  customLogger.warnOnce = customLogger.warn;
  await viteBuild({
    root,
    configFile: false,
    customLogger,
    build: { chunkSizeWarningLimit: 1000, reportCompressedSize: false },
  });
  assert.deepEqual(warnings, []);
  return path.join(root, "dist");
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

/**
 * Opens a built page that has a <stem-mixer> for the song and its `createStemSeparator` as a global,
 * and lets both work.
 */
export async function checkPage(browser: Browser, folder: string, html?: string): Promise<void> {
  const host = await startHost({ mounts: { "/": folder }, ...(html && { pages: { "/": html } }) });
  try {
    await checkUrl(browser, `${host.url}/`, `${host.url}/check.js`);
  } finally {
    await host.close();
  }
}

export async function checkUrl(browser: Browser, url: string, script: string): Promise<void> {
  await visit(browser, url, async (page) => {
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
  });
}
