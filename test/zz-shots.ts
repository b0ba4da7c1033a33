import path from "node:path";
import { MODEL, playMixer, startMixerHarness, untilMixer, withMixer } from "./components/mixer-harness.ts";
import { writeStemFile } from "./support/stem-files.ts";
const harness = await startMixerHarness();
writeStemFile(path.join(harness.folder, "song.stem.mp4"), 30);
for (const width of [390, 768, 1440]) {
  for (const song of ["song.stem.mp4", "song.wav"]) {
    await harness.open(`<stem-mixer src="/audio/${song}" ${MODEL}></stem-mixer>`, async (page) => {
      await playMixer(page);
      await untilMixer(page, (m) => m.position > 2);
      await withMixer(page, (m) => m.pause());
      const shot = (name: string) => page.screenshot({ path: `/work/helpers/mixer/shot-${width}-${song}-${name}.png` });
      await shot("whole");
      await page.locator("stem-mixer .play").focus();
      await page.keyboard.press("z"); await page.keyboard.press("z");
      await withMixer(page, (m) => void (m.loop = { a: 1, b: 3 }));
      await page.waitForTimeout(500);
      await shot("zoomed");
    }, { viewport: { width, height: 720 } });
  }
}
await harness.close();
