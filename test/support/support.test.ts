// The tests' own support: a page's errors must fail a test, and the headers must do their work.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchChromium, visitorOf, withPage } from "./chromium.ts";
import { startServer } from "./server.ts";

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

for (const isolated of [true, false]) {
  test(`server with isolated: ${isolated} gives a page that ${isolated ? "has" : "lacks"} shared memory`, async () => {
    const server = await startServer({ mounts: { "/support/": "test/support" }, isolated });
    try {
      await withPage(browser, `${server.url}/blank`, async (page) => {
        assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
        const response = await fetch(`${server.url}/support/server.ts`, {
          headers: { Range: "bytes=3-9" },
        });
        assert.equal(response.status, 206);
        assert.equal(await response.text(), "A stati");
      });
    } finally {
      await server.close();
    }
  });
}

test("an error in the console, an exception or a failed load fails the test", async () => {
  const server = await startServer({ mounts: {}, isolated: true });
  try {
    const open = (script: string) =>
      withPage(browser, `${server.url}/blank`, async (page, problems) => {
        await page.evaluate(script);
        while (problems.length === 0) await page.waitForEvent("console").catch(() => undefined);
      });
    await assert.rejects(open("console.error('seen')"), /console: seen/);
    await assert.rejects(open("fetch('/missing')"), /404/);
    await assert.rejects(
      withPage(browser, `${server.url}/blank`, async (page) => {
        const thrown = page.waitForEvent("pageerror");
        await page.evaluate("setTimeout(() => { throw new Error('thrown'); })");
        await thrown;
      }),
      /uncaught: Error: thrown/,
    );
  } finally {
    await server.close();
  }
});

test("a visit finds nothing of the one before, and its own errors fail it alone", async () => {
  const server = await startServer({ mounts: {}, isolated: true });
  const visitor = visitorOf(() => browser.newContext(), server.url);
  const url = `${server.url}/blank`;
  type Visited = typeof globalThis & { mark?: boolean; called?(): void };
  const find = () =>
    visitor.visit(url, (page) =>
      page.evaluate(async () => {
        const { mark, called } = globalThis as Visited;
        const { matches } = matchMedia("(prefers-color-scheme: dark)");
        const { state } = await navigator.permissions.query({ name: "microphone" });
        const databases = await indexedDB.databases();
        const stored = [localStorage.length, sessionStorage.length, databases.length];
        const status = (await fetch("/blank")).status;
        return [mark, typeof called, matches, state, stored, status, innerWidth];
      }),
    );
  try {
    const found = await find();
    const options = { permissions: ["microphone"], viewport: { width: 500, height: 500 } };
    const leave = visitor.visit(
      url,
      async (page) => {
        await page.addInitScript(() => ((globalThis as Visited).mark = true));
        await page.exposeFunction("called", () => undefined);
        await page.emulateMedia({ colorScheme: "dark" });
        await page.route("**/blank", (route) => route.fulfill({ status: 204 }));
        await page.evaluate(() => {
          localStorage.setItem("a", "1");
          sessionStorage.setItem("a", "1");
          return new Promise((resolve) => (indexedDB.open("a").onsuccess = resolve));
        });
        return page;
      },
      options,
    );
    const first = await leave;
    assert.deepEqual(await find(), found);
    await assert.rejects(
      visitor.visit(url, async (page) => {
        assert.equal(page, first, "the same page");
        const seen = page.waitForEvent("console");
        await page.evaluate("console.error('seen')");
        await seen;
      }),
      /console: seen/,
    );
    assert.deepEqual(await find(), found);
    assert.ok(first.isClosed());
  } finally {
    await visitor.close();
    await server.close();
  }
});

test("the files of which a test failed are named, so that they can run once more", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-sep-"));
  const write = (name: string, body: string) => {
    writeFileSync(path.join(folder, name), `import test from "node:test";\n${body}`);
    return path.join(folder, name);
  };
  const failing = write("failing.test.mjs", 'test("a", () => {}); test("b", () => { throw 1; });');
  const ending = write("ending.test.mjs", "process.exit(3);");
  const passing = write("passing.test.mjs", 'test("c", () => {});');
  const reporter = path.join(import.meta.dirname, "failed-files.mjs");
  // A run of tests that knows to be in another would report to that.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const args = ["--import", "tsx", "--test", `--test-reporter=${reporter}`];
  try {
    assert.throws(
      () => execFileSync(process.execPath, [...args, failing, ending, passing], { env }),
      ({ stdout }: { stdout: Buffer }) => {
        const named = stdout.toString().split("\n").filter(Boolean);
        assert.deepEqual(
          new Set(named.map((file) => path.resolve(file))),
          new Set([failing, ending]),
        );
        return true;
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
