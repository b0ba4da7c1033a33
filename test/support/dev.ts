// `npm run dev`: serves the demo pages from a readable build, which is made again at every change of the
// source; open pages then load themselves anew. PORT and HOST as for `npm start`. Runs in Node.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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

async function build(): Promise<void> {
  const begun = performance.now();
  const builder = spawn(process.execPath, ["esbuild.config.mjs", "--readable"], {
    stdio: "inherit",
  });
  const code = await new Promise<number | null>((resolve) => builder.on("close", resolve));
  if (code !== 0) return console.log("The build failed; pages stay as they are.");
  for (const file of (await readdir(DEMO)).filter((file) => file.endsWith(".html"))) {
    const html = (await readFile(`${DEMO}/${file}`, "utf8")) + SCRIPT;
    pages[`/demo/${file}`] = html;
    if (file === "index.html") pages["/demo/"] = html;
  }
  console.log(`built in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  for (const page of open) page.write("data: built\n\n");
}

let building: Promise<void> | undefined;
let changed = false;
/** One build at a time; what changes meanwhile is in the next. */
async function rebuild(): Promise<void> {
  changed = true;
  if (building) return;
  while (changed) {
    changed = false;
    building = build();
    await building;
  }
  building = undefined;
}

await rebuild();
for (const folder of SOURCES) watch(folder, { recursive: true }, () => void rebuild());
const { url } = await startServer({
  mounts: { "/": "dist" },
  pages,
  isolated: process.env.ISOLATED !== "0",
  port: Number(process.env.PORT ?? 8080),
  host: process.env.HOST,
});
console.log(`Danna-Sep Live: ${url}/demo/`);
