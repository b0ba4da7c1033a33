// What the package brings with it: few packages, exact versions, known licences, no code that runs
// while they are installed. The same licences for what is inside the built files. Known faults in them are `npm run audit`'s business.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
}

const read = async (file: string) => JSON.parse(await readFile(file, "utf8")) as never;
const {
  dependencies,
  devDependencies,
  optionalDependencies,
}: Record<string, Record<string, string>> = await read("package.json");
const { packages }: { packages: Record<string, Locked> } = await read("package-lock.json");
/** By name, what an installation of the package brings. */
const brought = Object.entries(packages)
  .filter(([folder, { dev }]) => folder !== "" && !dev)
  .map(([folder, locked]) => ({ name: folder.split("node_modules/").pop()!, ...locked }));

const MOST_DIRECT = 4;
const MOST_IN_ALL = 14;

test("the list is short", (t) => {
  const direct = Object.keys(dependencies).length;
  t.diagnostic(`${direct} direct dependencies, ${brought.length} packages in all`);
  assert.ok(direct <= MOST_DIRECT, `${direct} direct dependencies`);
  assert.ok(brought.length <= MOST_IN_ALL, `${brought.length} packages`);
});

test("every version is exact, and every package has its hash", () => {
  for (const list of [dependencies, devDependencies, optionalDependencies]) {
    for (const [name, version] of Object.entries(list)) {
      // A package may be there a second time, in another version, under a name of its own.
      const exact = version.replace(/^npm:[\w@/-]+@/, "");
      assert.match(exact, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} ${version}`);
      assert.equal(packages[`node_modules/${name}`]?.version, exact, name);
    }
  }
  for (const { name, integrity } of brought) assert.match(integrity ?? "", /^sha512-/, name);
});

const LICENCES = [
  "MIT",
  "ISC",
  "0BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "BlueOak-1.0.0",
];
/** Under licences with duties towards those who change them; none is changed here. */
const KNOWN_LICENCES: Record<string, string> = {
  mediabunny: "MPL-2.0",
  "@mediabunny/flac-encoder": "MPL-2.0",
  "@mediabunny/aac-encoder": "MPL-2.0",
  "@mediabunny/mp3-encoder": "MPL-2.0",
  "@fontsource-variable/inter": "OFL-1.1",
  "codec-parser": "LGPL-3.0-or-later",
  // Optional: without it AAC cannot be read in Node.
  "@audio/decode-aac": "GPL-2.0",
};

test("licences are known", () => {
  for (const { name, license, optional } of brought) {
    if (LICENCES.includes(license ?? "")) continue;
    assert.equal(license, KNOWN_LICENCES[name], `${name}: ${license}`);
    if (license?.startsWith("GPL")) assert.ok(optional, `${name} must be optional`);
  }
});

test("licences of what is inside the built files are known", async () => {
  const text = await readFile("dist/THIRD-PARTY-LICENCES.txt", "utf8");
  const inside = [...text.matchAll(/^((?:@[\w-]+\/)?[\w-]+) \d+\.\d+\.\d+\S*: (.+)$/gm)];
  assert.ok(inside.length > 20, `${inside.length} packages`);
  for (const [, name, license] of inside) {
    if (LICENCES.includes(license)) continue;
    assert.equal(license, KNOWN_LICENCES[name], `${name}: ${license}`);
    assert.doesNotMatch(license, /^GPL/, `${name} must not be inside`);
  }
});

test("nothing runs while the package is installed", () => {
  const scripts = brought.filter(({ hasInstallScript }) => hasInstallScript);
  assert.deepEqual(
    scripts.map(({ name }) => name),
    [],
  );
});
