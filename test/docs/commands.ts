// Checks the commands of the documents: those of the package are run on the demo song, of others it is
// checked that they, and what they name, are there. Runs in Node.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArguments } from "../../src/cli/usage.ts";
import { run } from "../cli/run.ts";
import type { Block } from "./blocks.ts";

const { name, scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  name: string;
  scripts: Record<string, string>;
};

interface Where {
  /** To run it in: holds song.mp3. */
  readonly place: string;
  /** The document's. */
  readonly folder: string;
}
/** Takes what follows the program's name. */
type Check = (args: string[], where: Where) => void | Promise<void>;

const CHECKS: Record<string, Check> = {
  npm([command, script, ...more]) {
    // Of other packages, only the one that makes splits faster.
    const peer = ["--ignore-scripts", "onnxruntime-node"];
    if (command === "install") {
      if (script !== name) assert.deepEqual([script, ...more], peer);
    } else if (command === "run") assert.ok(scripts[script], `no script "${script}"`);
    else if (command !== "ci") assert.ok(scripts[command], `no script "${command}"`);
  },

  async npx([program, ...args], { place }) {
    assert.equal(program, name);
    // What installs an add-on asks first, and asks the network.
    if (args[0] === "models") return assert.deepEqual(args, ["models", "add", "htdemucs"]);
    const { code, stderr } = await run(args, { cwd: place });
    assert.equal(code, 0, stderr);
  },

  cp([flag, from, to]) {
    assert.equal(flag, "-r");
    assert.ok(existsSync(from.replace(`node_modules/${name}/`, "")), from);
    assert.ok(to);
  },

  /** On files that other commands of the document make: only what it is told is checked. */
  "danna-sep"(args) {
    parseArguments(args);
  },

  cd([to]) {
    assert.ok(existsSync(to), to);
  },

  "."([file]) {
    assert.equal(file, ".venv/bin/activate");
  },

  "apt-get"([command, ...packages]) {
    assert.equal(command, "install");
    assert.ok(packages.length > 0);
  },

  /** What follows a module of the recipe is parsed by test/training/test_docs.py. */
  python([flag, module], { folder }) {
    if (flag !== "-m") assert.ok(existsSync(path.join(folder, flag)), flag);
    else if (module !== "venv") {
      assert.match(module, /^training\./);
      assert.ok(existsSync(`models/${module.replace(".", "/")}.py`), module);
    }
  },

  pip([command, flag, file], { folder }) {
    assert.deepEqual([command, flag], ["install", "-r"]);
    const places = [".", "models", folder].map((place) => path.join(place, file));
    assert.ok(places.some(existsSync), file);
  },

  /** The image's entry point is the command; its build is test/docker/run-steps.sh's. */
  docker([command, ...args]) {
    assert.ok(existsSync("Dockerfile"));
    if (command === "build") return assert.deepEqual(args, ["-t", name, "."]);
    assert.equal(command, "run");
    assert.ok(args.includes(name), `not the image ${name}`);
  },
};

/** @param place holds song.mp3 */
export async function checkCommands({ code, folder }: Block, place: string): Promise<void> {
  for (const line of code.trim().split(/\n|&&/)) {
    const [program, ...args] = line
      .replace(/#.*/, "")
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll('"', ""));
    // With or without the virtual environment's folder before it.
    const tool = program.replace(/^\.?venv\/bin\//, "").replace("python3", "python");
    assert.ok(tool in CHECKS, `nothing checks "${line}"`);
    await CHECKS[tool](args, { place, folder });
  }
}
