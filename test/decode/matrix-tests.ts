// Tests of files that ffmpeg writes: the same sound, to the sample, from ffmpeg, Node and Chromium; or one clear line
// that names the file. What matrix.test.ts and its soak share. Runs in Node.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { provideAac } from "../../src/decode/aac.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { signalToError } from "../support/signals.ts";
import { decode } from "./files.ts";
import type { decodeInPage } from "./matrix-page.ts";
import { make, reference, SECONDS, type Case } from "./matrix.ts";

/** dB between two decoders of one file; a shift by one sample leaves less than 20. */
const SAME = 30;
/** Browsers do not know it. */
const ONLY_IN_NODE = /^alac-/;

let browser: Browser;
let server: Server;
let page: Page;
let folder: string;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "danna-matrix-"));
  await provideAac();
  browser = await launchChromium();
  const script = await bundleScript("test/decode/matrix-page.ts");
  server = await startServer({
    mounts: { "/files/": folder },
    isolated: true,
    pages: { "/matrix.js": script },
  });
  page = await browser.newPage();
  await page.goto(`${server.url}/blank`);
});
after(async () => {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

type Answer =
  | { readonly rate: number; readonly planes: readonly Float32Array[] }
  | { readonly code: string; readonly message: string };

async function inNode(file: string): Promise<Answer> {
  try {
    return await decode(readFileSync(path.join(folder, file)), file);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

async function inPage(file: string): Promise<Answer> {
  const answer = await page.evaluate(async (name) => {
    const module = (await import("/matrix.js" as string)) as { decodeInPage: typeof decodeInPage };
    return module.decodeInPage(`/files/${name}`, name);
  }, file);
  if ("code" in answer) return answer;
  const planes = answer.planes.map((text) => {
    const bytes = Buffer.from(text, "base64");
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  });
  return { rate: answer.rate, planes };
}

function same(actual: Answer, expected: Answer, where: string): void {
  assert.ok("planes" in actual, `${where}: ${"message" in actual ? actual.message : ""}`);
  assert.ok("planes" in expected);
  assert.equal(actual.rate, expected.rate, `${where}: rate`);
  expected.planes.forEach((plane, c) => {
    assert.equal(actual.planes[c].length, plane.length, `${where}: length of channel ${c}`);
    const ratio = signalToError(plane, actual.planes[c]);
    assert.ok(ratio > SAME, `${where}: channel ${c} has ${ratio} dB`);
  });
}

const answers = async ({ file, ...settings }: Case) => {
  make({ file, ...settings }, path.join(folder, file));
  return [await inNode(file), await inPage(file)] as const;
};

/** These files are read alike. */
export function testReading(cases: readonly Case[]): void {
  for (const item of cases) {
    test(`${item.file}: Node, Chromium and ffmpeg decode the same`, async () => {
      const [node, browsers] = await answers(item);
      same(node, reference(item, path.join(folder, item.file)), "Node");
      if (ONLY_IN_NODE.test(item.file)) refusal(browsers, item.file);
      else same(browsers, node, "Chromium");
    });
  }
}

/** These files have a gap, which is silence of the same length. */
export function testGaps(cases: readonly Case[]): void {
  for (const item of cases) {
    test(`${item.file}: the gap is there in Node, and the same in Chromium`, async () => {
      const [node, browsers] = await answers(item);
      assert.ok("planes" in node);
      const least = item.rate * SECONDS + 29 * item.packet!;
      assert.ok(node.planes[0].length > least, `${node.planes[0].length} samples`);
      same(browsers, node, "Chromium");
    });
  }
}

/** These files are refused alike. */
export function testRefusals(cases: readonly Case[]): void {
  for (const item of cases) {
    test(`${item.file}: refused by the same line in Node and Chromium`, async () => {
      const [node, browsers] = await answers(item);
      refusal(node, item.file);
      assert.deepEqual(browsers, node);
    });
  }
}

/** One line with the file, the cause and the cure. */
function refusal(answer: Answer, file: string): void {
  assert.ok("code" in answer, `${file} is read`);
  assert.equal(answer.code, "media");
  assert.ok(answer.message.startsWith(file), answer.message);
  assert.match(answer.message, /^[^\n]+\. Convert it to FLAC/);
}
