// `npm run dev`: serves the demo pages from a readable build. At every change of the source the bundles that have the
// changed files are made again; open pages then load themselves anew. The build's own files and new folders count from the
// next start on. PORT and HOST as for `npm start`. Runs in Node.
import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { buildAll } from "../../esbuild.config.mjs";
import { startServer } from "./server.ts";

const SOURCES = ["src", "worklets", "components", "models"];
const DEMO = "dist/demo";

/** Open pages, by what each waits for. */
const open = new Set<ServerResponse>();
const reloads = createServer((request, response) => {
  response.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Access-Control-Allow-Origin": "*",
  });
  response.flushHeaders();
  open.add(response);
  request.on("close", () => open.delete(response));
});
await new Promise<void>((resolve) => reloads.listen(0, "127.0.0.1", resolve));
const { port } = reloads.address() as AddressInfo;
const SCRIPT = `<script>new EventSource("http://127.0.0.1:${port}").onmessage = () => location.reload()</script>`;

/** The demo pages with the script that loads them anew, by path; the server looks them up at every request. */
const pages: Record<string, string> = {};

async function build(changed?: readonly string[]): Promise<void> {
  const begun = performance.now();
  await buildAll(changed);
  for (const file of (await readdir(DEMO)).filter((file) => file.endsWith(".html"))) {
    const html = (await readFile(`${DEMO}/${file}`, "utf8")) + SCRIPT;
    pages[`/demo/${file}`] = html;
    if (file === "index.html") pages["/demo/"] = html;
  }
  console.log(`built in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  for (const page of open) page.write("data: built\n\n");
}

/** Absolute paths: what has changed since the last build began, and what no build that succeeded has. */
const changed = new Set<string>();
let failed: readonly string[] = [];
let building = false;
/** One build at a time; what changes meanwhile is in the next. */
async function rebuild(file: string): Promise<void> {
  changed.add(file);
  if (building) return;
  building = true;
  while (changed.size > 0) {
    const files = [...new Set([...failed, ...changed])];
    changed.clear();
    try {
      await build(files);
      failed = [];
    } catch (error) {
      failed = files;
      console.log(`The build failed; pages stay as they are. ${(error as Error).message}`);
    }
  }
  building = false;
}

await build();
// Folder by folder: watched with all that is in it, one loses sight of a file that an editor puts in another's place.
for (const source of SOURCES) {
  const inside = await readdir(source, { recursive: true, withFileTypes: true });
  const folders = inside.filter((entry) => entry.isDirectory());
  for (const folder of [source, ...folders.map((entry) => path.join(entry.parentPath, entry.name))])
    watch(folder, (_, file) => file && void rebuild(path.resolve(folder, file)));
}
const { url } = await startServer({
  mounts: { "/": "dist" },
  pages,
  isolated: process.env.ISOLATED !== "0",
  port: Number(process.env.PORT ?? 8080),
  host: process.env.HOST,
});
console.log(`Danna-Sep Live: ${url}/demo/`);
