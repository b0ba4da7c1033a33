// Runs in the page of stem-files.test.ts: writes stems whose samples are known.
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { writeStems, type StemFileOptions } from "../../src/output/write-stems.ts";

const HERTZ = { vocals: 440, drums: 1000, bass: 110, other: 2000 };
const CHUNK = 40_000;

/** Every stem a tone of its own, softer on the right. */
async function* tones(samples: number, sampleRate: number) {
  for (let start = 0; start < samples; start += CHUNK) {
    const length = Math.min(CHUNK, samples - start);
    const tone = (hertz: number, gain: number) =>
      Float32Array.from(
        { length },
        (_, n) => gain * Math.sin((2 * Math.PI * hertz * (start + n)) / sampleRate),
      );
    const stems = DEFAULT_STEMS.map((stem) => [
      stem,
      [tone(HERTZ[stem], 0.2), tone(HERTZ[stem], 0.1)],
    ]);
    yield { start, sampleRate, stems: Object.fromEntries(stems) };
    await Promise.resolve();
  }
}

Object.assign(globalThis, {
  writeTones: async (samples: number, options: StemFileOptions) => {
    const file = await writeStems(tones(samples, options.sampleRate), options);
    const reader = new FileReader();
    const read = new Promise((resolve) => (reader.onload = resolve));
    reader.readAsDataURL(file);
    await read;
    return { name: file.name, url: reader.result };
  },
});
