// Mutation testing of the signal processing and the ring: `npm run mutation`.
// @ts-check

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["src/dsp/*.ts", "src/ring/*.ts", "!**/*.d.ts"],
  testRunner: "tap",
  tap: {
    testFiles: [
      ...["fft", "resampler", "sanitise", "stft"].map((name) => `test/dsp/${name}.test.ts`),
      "test/ring/ring.test.ts",
    ],
    nodeArgs: [
      ...["--import", "tsx", "--import", "./test/support/terse-assert.mjs"],
      ...["-r", "{{hookFile}}", "{{testFile}}"],
    ],
  },
  plugins: ["@stryker-mutator/tap-runner"],
  ignorePatterns: ["dist", "site", "docs", "models", "components", ".venv"],
  reporters: ["clear-text", "progress-append-only"],
  tempDirName: "node_modules/.stryker",
};
