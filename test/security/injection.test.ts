// No text from elsewhere becomes markup or code: file names, addresses, saved presets, models, MIDI and
// audio devices. In Chromium, under Trusted Types and the policy that the guide names, which turns
// every attempt into a violation.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { tone16, wav } from "../cli/wav.ts";
import { withContext } from "../components/pages.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium } from "../support/chromium.ts";
import { fixtureBytes, fixtureJson } from "../support/models.ts";
import { startServer, type Server } from "../support/server.ts";
import type * as InjectionPage from "./injection-page.ts";

const RUN = "globalThis.pwned=1";
const MARKUP = `"'><img src=x onerror="${RUN}"><script>${RUN}</script>`;
const TEXTS = [
  MARKUP,
  `javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `</style></title></textarea><svg onload="${RUN}">`,
  `" autofocus onfocus="${RUN}" x="`,
  "${globalThis.pwned=1}{{globalThis.pwned=1}}<%globalThis.pwned=1%>",
  "//evil.invalid/../..%2f..%2fetc%2fpasswd",
  "%E0%A4%A\u202e\u0000\ud800",
  "http://[",
  "__proto__",
  "constructor",
];

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types lit-html danna-sep",
].join("; ");

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8" data-own><title>Hostile texts</title>
  <script type="module" src="/dist/stem-mixer.js" data-own></script></head><body></body></html>`;

/** Everything that tells a name, with a name of ours. */
const FAKE_DEVICES = `(name) => {
  const input = Object.assign(new EventTarget(), {
    id: "1", name, manufacturer: name, version: name, type: "input",
    state: "connected", connection: "open", onmidimessage: null, onstatechange: null,
    open: async () => input, close: async () => input,
  });
  navigator.requestMIDIAccess = async () => Object.assign(new EventTarget(), {
    inputs: new Map([["1", input]]), outputs: new Map(), sysexEnabled: false, onstatechange: null,
  });
  navigator.mediaDevices.enumerateDevices = async () => ["audioinput", "audiooutput"].map(
    (kind) => ({ kind, deviceId: "id" + name, groupId: name, label: name, toJSON() {} }));
}`;

let folder: string;
let server: Server;
let browser: Browser;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "danna-injection-"));
  await mkdir(path.join(folder, "models"));
  const json = { ...(await fixtureJson("identity")), name: MARKUP, licence: MARKUP };
  const manifest = JSON.stringify({ ...json, trainedOn: [MARKUP] });
  await writeFile(path.join(folder, "models/hostile.json"), manifest);
  await writeFile(path.join(folder, "models/identity.onnx"), await fixtureBytes("identity"));
  await writeFile(path.join(folder, "models/song.wav"), wav(tone16(22_050)));
  server = await startServer({
    mounts: { "/dist/": "dist", "/models/": path.join(folder, "models") },
    isolated: true,
    pages: {
      "/": PAGE,
      "/injection.js": await bundleScript("test/security/injection-page.ts"),
    },
    headers: { "Content-Security-Policy": POLICY },
  });
  browser = await launchChromium([
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
  ]);
});
after(async () => {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

type Page_ = typeof InjectionPage;

/** Opens the page; `run` gets its functions, each of which runs there. */
const open = (body: (run: Run, page: Page, problems: string[]) => Promise<void>) =>
  withContext(browser, {}, `${server.url}/`, async (page, problems) => {
    const run: Run = (name, ...parameters) =>
      page.evaluate(
        async ({ name, parameters }) => {
          await customElements.whenDefined("stem-mixer");
          const module = (await import("/injection.js" as string)) as Record<string, unknown>;
          return (module[name] as (...all: unknown[]) => unknown)(...parameters);
        },
        { name, parameters },
      ) as never;
    await body(run, page, problems);
    assert.deepEqual(await run("findings"), []);
  });
type Run = <K extends keyof Page_>(
  name: K,
  ...parameters: Parameters<Page_[K]>
) => Promise<Awaited<ReturnType<Page_[K]>>>;

test("the test would notice markup and code", async () => {
  const noticed = open(async (run, page, problems) => {
    await run("place", { "song-title": "harmless" });
    await page.evaluate(() => {
      const root = document.querySelector("stem-mixer")!.shadowRoot!;
      const link = document.createElement("a");
      link.href = "javascript:0";
      root.append(document.createElement("img"), link);
      try {
        link.innerHTML = "<b></b>";
      } catch {
        // Trusted Types.
      }
    });
    problems.splice(0);
  });
  await assert.rejects(noticed, ({ actual }: { actual: string[] }) => {
    const all = actual.join("; ");
    return (
      /require-trusted-types-for/.test(all) && /img/.test(all) && /a href=javascript/.test(all)
    );
  });
});

test("attributes", () =>
  open(async (run, _page, problems) => {
    const names = ["song-title", "for", "preset", "picture", "theme", "lang", "shortcuts", "key"];
    names.push("tempo", "latency-mode", "backend", "feedback-guard", "lip-sync", "source");
    const model = "/models/hostile.json";
    for (const text of TEXTS) {
      const attributes = Object.fromEntries(names.map((name) => [name, text]));
      await run("place", { ...attributes, src: "song.mp3" });
      assert.deepEqual(await run("findings"), [], text);
      if (text === MARKUP) assert.ok((await run("shownText")).includes(text));
      await run("place", { model, src: text });
      assert.ok(await run("play"), `src=${text} played`);
    }
    for (const name of ["for", "model"]) {
      await run("place", { model, src: name === "for" ? "" : "/models/song.wav", [name]: MARKUP });
      assert.ok(await run("play"), `${name} is ignored`);
    }
    for (const name of ["latency-mode", "backend"]) {
      await run("place", { model, src: "/models/song.wav", [name]: MARKUP });
      assert.equal(await run("play"), undefined, `${name} has its default`);
      assert.deepEqual(await run("findings"), []);
    }
    // What cannot be had is an error in the console as well.
    problems.splice(0);
  }));

test("a file's name, shown as title, and given to recordings", () =>
  open(async (run) => {
    await run("place", { model: "/models/hostile.json" });
    const name = `${MARKUP}..%2f..\u202e.wav`;
    await run("playFile", name);
    assert.ok((await run("shownText")).includes(name.slice(0, -4)));
    for (const file of await run("record")) assert.doesNotMatch(file, /[/\\<>"\u202e]|^\./);
    await run("untilStats");
    const shown = await run("openPanels");
    // The model's own name, in the details.
    assert.ok(shown.includes(`${MARKUP}, `));
  }));

test("saved presets and MIDI maps", () =>
  open(async (run, page) => {
    const channel = { gain: 0, muted: true, soloed: false };
    const mix = { vocals: channel, drums: channel, bass: channel, other: channel };
    await page.evaluate(
      ([presets, midi]) => {
        localStorage.setItem("danna-sep.presets", presets);
        localStorage.setItem("danna-sep.midi", midi);
      },
      [
        JSON.stringify(TEXTS.map((name) => ({ name, mix }))),
        JSON.stringify({ [MARKUP]: MARKUP, "cc:1:1": MARKUP, "cc:1:2": "constructor" }),
      ],
    );
    await run("place", { src: "song.mp3" });
    const shown = await run("openPanels");
    // Half a character does not come through to here.
    for (const text of TEXTS.filter((text) => !/\p{Surrogate}/u.test(text))) {
      assert.ok(shown.includes(text), text);
    }
    for (const broken of ['{"__proto__":1}', "[null,1,{}]", "<b>", "null", '[{"name":{}}]']) {
      await page.evaluate((text) => {
        localStorage.setItem("danna-sep.presets", text);
        localStorage.setItem("danna-sep.midi", text);
      }, broken);
      await run("place", { src: "song.mp3", preset: MARKUP });
      await run("openPanels");
    }
  }));

test("names of devices", () =>
  open(async (run, page) => {
    await page.evaluate(`(${FAKE_DEVICES})(${JSON.stringify(MARKUP)})`);
    await run("place", { model: "/models/hostile.json" });
    assert.ok((await run("listen")).includes(MARKUP), "audio devices");
    assert.ok((await run("openMidi")).includes(MARKUP), "MIDI devices");
  }));

test("messages of other frames, foreign ports and other tabs move nothing", () =>
  open(async (run, page) => {
    await run("place", { model: "/models/hostile.json" });
    await run("playFile", "song.wav");
    await run("untilStats");
    await page.evaluate(() => document.querySelector("stem-mixer")!.pause());
    const before = await run("state");
    const told = await page.evaluate(async () => {
      const separator = document.querySelector("stem-mixer")!.separator!;
      const mixes = [
        { type: "start" },
        { type: "stop" },
        { type: "error", failure: { code: "worker", message: "from elsewhere" } },
        { type: "stats", stats: { hops: 1e9, lateHops: 1e9 } },
        { id: "1", type: "APPLY", path: ["load"], argumentList: [] },
        { id: "2", type: "RELEASE" },
        { id: "3", type: "SET", path: ["gains", "vocals", "value"], value: 0 },
        { do: "stop" },
        { dry: true, underruns: 1e9 },
        "close",
        null,
      ];
      // Another origin's frame: sandboxed, so that it has none.
      const frame = document.createElement("iframe");
      frame.setAttribute("data-own", "");
      frame.sandbox.add("allow-scripts");
      document.body.append(frame);
      const other = new BroadcastChannel("danna-sep");
      let told = 0;
      addEventListener("message", () => told++);
      for (const message of mixes) {
        const { port1, port2 } = new MessageChannel();
        dispatchEvent(
          new MessageEvent("message", {
            data: message,
            origin: "https://evil.invalid",
            source: frame.contentWindow,
            ports: [port1],
          }),
        );
        postMessage(message, "*", [port2]);
        other.postMessage(message);
      }
      while (told < 2 * mixes.length) await new Promise((resolve) => setTimeout(resolve));
      other.close();
      frame.remove();
      const hops = separator.stats.hops;
      return { hops };
    });
    assert.ok(told.hops < 1e9);
    assert.deepEqual(await run("state"), before);
    await page.evaluate(() => document.querySelector("stem-mixer")!.play());
    assert.equal((await run("state")).failure, undefined);
  }));
