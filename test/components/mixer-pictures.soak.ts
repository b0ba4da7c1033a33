// Every state of <stem-mixer> in every scheme at every width as its reference screenshot shows it; the common test compares
// some of these pictures. Takes minutes. Real Chromium, identity model. `npm run test:soak`.
import { after, before, test } from "node:test";
import { startMixerHarness, type MixerHarness } from "./mixer-harness.ts";
import { ALONE, everyPortrait, portray, portraySong, VIEWPORT } from "./mixer-portraits.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

for (const { name, body, reach, problems: expected, options } of ALONE)
  test(`${name}: every picture is as it should be`, () =>
    harness.open(
      body,
      async (page, problems) => {
        await reach(page);
        await portray(page, name, everyPortrait(name));
        const own = problems.filter((problem) => !expected?.test(problem));
        problems.length = 0;
        problems.push(...own);
      },
      { ...options, viewport: VIEWPORT },
    ));

test("a song that plays: every picture is as it should be", (t) =>
  portraySong(t, harness, everyPortrait));
