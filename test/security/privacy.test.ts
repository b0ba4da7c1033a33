// Audio never leaves the machine: all traffic of a whole session, as a proxy sees it that everything has
// to pass (page, workers, worklets, web sockets, beacons, WebRTC), is for the package's own files.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { tone16, wav } from "../cli/wav.ts";
import { bundleScript } from "../support/bundle.ts";
import { fakeMicrophone, launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type * as PrivacyPage from "./privacy-page.ts";

/** Everything that asked for something, as "METHOD url", and how many bytes it sent along. */
const traffic: { what: string; sent: number }[] = [];
const proxy = createServer((request, response) => {
  const entry = { what: `${request.method} ${request.url}`, sent: 0 };
  traffic.push(entry);
  request.on("data", (chunk: Buffer) => (entry.sent += chunk.length));
  const { method, headers } = request;
  const onward = forward(request.url!, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
});
// Web sockets, and whatever is encrypted.
for (const event of ["connect", "upgrade"] as const) {
  proxy.on(event, (request, socket) => {
    traffic.push({ what: `${event} ${request.url}`, sent: 0 });
    socket.destroy();
  });
}

/** Chromium looks for updates of itself, whatever page is open. */
const BROWSERS_OWN = /^\w+ (https?:\/\/)?[\w.-]+\.(google|googleapis|gstatic|gvt1)\.com[:/]/;

let folder: string;
let server: Server;
let browser: Browser;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "danna-privacy-"));
  await writeFile(path.join(folder, "song.wav"), wav(tone16(2 * 44_100)));
  server = await startServer({
    mounts: { "/dist/": "dist", "/song/": folder },
    isolated: true,
    pages: { "/session.js": await bundleScript("test/security/privacy-page.ts") },
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  browser = await launchChromium(
    [
      ...fakeMicrophone(path.join(folder, "song.wav")),
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    ],
    { proxy: { server: `http://127.0.0.1:${port}`, bypass: "<-loopback>" } },
  );
});
after(async () => {
  await browser.close();
  await server.close();
  proxy.closeAllConnections();
  proxy.close();
  await rm(folder, { recursive: true, force: true });
});

test("a whole session asks for the package's own files and sends nothing", async (t) => {
  const asked: string[] = [];
  await withPage(browser, `${server.url}/blank`, async (page) => {
    page.context().on("request", (request) => asked.push(request.url()));
    const made = await page.evaluate(async () => {
      const { session } = (await import("/session.js" as string)) as typeof PrivacyPage;
      return session();
    });
    assert.ok(made > 500_000, `only ${made} bytes of audio were made`);
  });
  // The page and its workers, as the browser tells it: none to Google.
  for (const url of asked) assert.ok(url.startsWith(`${server.url}/`), url);
  const whole = traffic.splice(0).filter(({ what }) => !BROWSERS_OWN.test(what));
  t.diagnostic(`${whole.length} requests`);
  for (const { what, sent } of whole) {
    const [method, address] = what.split(" ");
    const { origin, pathname, search } = new URL(address);
    assert.equal(method, "GET", what);
    assert.equal(sent, 0, `${what} sent ${sent} bytes`);
    assert.equal(origin, server.url, what);
    assert.equal(search, "", what);
    const own = pathname.startsWith("/dist/") && existsSync(pathname.slice(1));
    assert.ok(
      own || ["/blank", "/session.js", "/song/song.wav", "/favicon.ico"].includes(pathname),
      what,
    );
  }
  const seen = (file: string) => whole.some(({ what }) => what.endsWith(`/dist/${file}`));
  for (const file of [
    "worker.js",
    "worklet.js",
    "mixer-worklet.js",
    "models/live.onnx.planes.gz",
  ]) {
    assert.ok(seen(file), `the proxy has not seen ${file}`);
  }
});

test("the proxy would see what leaves", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/blank`);
  await page.evaluate(async (url) => {
    const body = new Uint8Array(1000);
    await fetch(`${url}/upload`, { method: "POST", body });
    navigator.sendBeacon(`${url}/beacon`, body);
    const script = `fetch("${url}/from-worker", { method: "POST", body: new Uint8Array(500) })
      .then(() => postMessage(1));`;
    const worker = new Worker(URL.createObjectURL(new Blob([script])));
    await new Promise((resolve) => (worker.onmessage = resolve));
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket`);
    await new Promise((resolve) => (socket.onerror = resolve));
  }, server.url);
  await context.close();
  const seen = (part: string) => traffic.find(({ what }) => what.includes(part));
  assert.equal(seen("/upload")?.sent, 1000);
  assert.equal(seen("/from-worker")?.sent, 500);
  assert.ok(seen("/beacon"));
  assert.ok(
    traffic.some(({ what }) => /^(connect|upgrade) /.test(what)),
    "the web socket",
  );
});
