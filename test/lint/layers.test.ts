// Lint knows the layers: a copy of the source in which each rule is broken once fails, and the message
// names the rule and both files. Runs in Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

/** File, what it imports, the rule that forbids it. */
const BREAKS = [
  ["src/errors.ts", "src/stems.ts", "errors-imports"],
  ["src/util/lazy.ts", "src/dsp/fft.ts", "util-imports"],
  ["src/dsp/windows.ts", "src/ring/port.ts", "dsp-imports"],
  ["src/ring/ring.ts", "src/live/protocol.ts", "ring-imports"],
  ["src/model/cache.ts", "src/engine/session.ts", "model-imports"],
  ["src/decode/sniff.ts", "src/split/index.ts", "decode-imports"],
  ["src/sources/inputs.ts", "src/live/create.ts", "sources-imports"],
  ["src/analysis/key.ts", "src/decode/sniff.ts", "analysis-imports"],
  ["src/engine/adapter.ts", "src/live/create.ts", "engine-imports"],
  ["src/live/latency.ts", "src/split/index.ts", "live-imports"],
  ["src/live/adaptation.ts", "worklets/separator/stem-scheduler.ts", "live-imports"],
  ["src/split/split-file.ts", "src/output/formats.ts", "split-imports"],
  ["src/output/formats.ts", "src/player/mix.ts", "output-imports"],
  ["src/player/mix.ts", "components/constants.ts", "player-imports"],
  ["src/cli/report.ts", "components/constants.ts", "cli-imports"],
  ["worklets/separator/stem-reader.ts", "src/live/create.ts", "worklets/-imports"],
  ["components/frames.ts", "src/live/create.ts", "components/-imports"],
  ["src/split/index.ts", "test/support/wav.ts", "nothing-imports-tests"],
] as const;
/** port.ts imports ring.ts. */
const CIRCLE = ["src/ring/ring.ts", "src/ring/port.ts"] as const;

function layersOfBrokenCopy(): string {
  const copy = mkdtempSync(path.join(tmpdir(), "danna-layers-"));
  try {
    const files = readdirSync(".").filter((file) => file.startsWith(".dependency-cruiser"));
    for (const name of [...files, "package.json", "tsconfig.json", "src", "worklets", "components"])
      cpSync(name, path.join(copy, name), {
        recursive: true,
        filter: (file) => !/\.(mp3|flac)$/.test(file),
      });
    cpSync("test/support/wav.ts", path.join(copy, "test/support/wav.ts"));
    symlinkSync(path.resolve("node_modules"), path.join(copy, "node_modules"));
    for (const [from, to] of [...BREAKS, CIRCLE]) {
      const relative = path.relative(path.dirname(from), to).replaceAll(path.sep, "/");
      const specifier = relative.startsWith(".") ? relative : `./${relative}`;
      appendFileSync(path.join(copy, from), `\nimport type {} from "${specifier}";\n`);
    }
    const options = { cwd: copy, encoding: "utf8", stdio: "pipe" } as const;
    return execFileSync("npm", ["run", "--silent", "layers"], options);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

test("layers: lint fails and names each rule that is broken", () => {
  let output = "";
  assert.throws(layersOfBrokenCopy, (error: { stdout: string }) => (output = error.stdout) !== "");
  for (const [from, to, rule] of BREAKS) {
    assert.ok(output.includes(`error ${rule}: ${from} → ${to}\n`), `${rule}: ${output}`);
  }
  assert.match(
    output,
    /error no-circles: src\/ring\/(port|ring)\.ts → *\n *src\/ring\/(ring|port)\.ts/,
  );
});
