// The FFT against the DFT's definition, and the loading of its binary in Node, page and worker.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { loadFft, RealFft } from "../../src/dsp/fft.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { largestDifference, noise } from "../support/signals.ts";
import type { Browser } from "playwright-core";

function dft(samples: Float32Array): Float64Array {
  const size = samples.length;
  const spectrum = new Float64Array(size + 2);
  for (let k = 0; k <= size / 2; k++) {
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      spectrum[2 * k] += samples[n] * Math.cos(angle);
      spectrum[2 * k + 1] += samples[n] * Math.sin(angle);
    }
  }
  return spectrum;
}

let browser: Browser;
let server: Server;
before(async () => {
  await loadFft();
  browser = await launchChromium();
  server = await startServer({
    mounts: {},
    isolated: true,
    pages: { "/fft.js": await bundleScript("test/dsp/fft-page.ts") },
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

for (const size of [32, 512, 2048, 4096]) {
  test(`forward of ${size} equals the definition, and inverse undoes it`, () => {
    const fft = new RealFft(size);
    const samples = noise(size, size);
    const spectrum = new Float32Array(size + 5);
    fft.buffer.set(samples);
    fft.forward(spectrum, 3);
    const expected = dft(samples);
    const scale = Math.sqrt(size);
    assert.ok(largestDifference(spectrum.subarray(3), expected) < 2e-6 * scale);

    const packed = fft.buffer;
    packed.set(spectrum.subarray(3, 3 + size));
    packed[1] = spectrum[3 + size];
    fft.inverse();
    assert.ok(
      largestDifference(
        fft.buffer.map((x) => x / size),
        samples,
      ) < 1e-6,
    );
    fft.dispose();
  });
}

test("plans of many sizes live side by side while the heap grows", () => {
  const first = new RealFft(2048);
  const plans = Array.from({ length: 60 }, () => new RealFft(65536));
  const samples = noise(2048);
  first.buffer.set(samples);
  const spectrum = new Float32Array(2050);
  first.forward(spectrum);
  assert.ok(largestDifference(spectrum, dft(samples)) < 1e-4);
  for (const plan of [first, ...plans]) plan.dispose();
});

test("a size that is no power of two from 32 is refused", () => {
  for (const size of [0, 16, 48, 1000, 2048.5, NaN]) {
    assert.throws(() => new RealFft(size), { name: "DannaError", code: "input" });
  }
});

test("bundled, the page and a module worker transform as Node does, with nothing fetched", async () => {
  const fft = new RealFft(2048);
  fft.buffer.set(noise(2048));
  const expected = new Float32Array(2050);
  fft.forward(expected);
  fft.dispose();
  await withPage(browser, `${server.url}/blank`, async (page) => {
    const fetched: string[] = [];
    page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    const inPage = await page.evaluate(async () => {
      const { transformNoise } = await import("/fft.js" as string);
      return (await transformNoise()) as number[];
    });
    const inWorker = await page.evaluate(
      () =>
        new Promise<number[]>((resolve, reject) => {
          const worker = new Worker("/fft.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data as number[]);
          worker.onerror = (event) => reject(new Error(event.message));
        }),
    );
    assert.deepEqual(inPage, [...expected]);
    assert.deepEqual(inWorker, [...expected]);
    assert.deepEqual(new Set(fetched), new Set(["/fft.js"]));
  });
});
