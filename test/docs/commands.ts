// Checks the commands of the documents: those of the package are run on the demo song, of others it is
// checked that they, and what they name, are there. Runs in Node.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { run } from "../cli/run.ts";

const { name, scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  name: string;
  scripts: Record<string, string>;
};

/** What follows the program's name, the folder to run it in. */
type Check = (args: string[], folder: string) => void | Promise<void>;

const CHECKS: Record<string, Check> = {
  npm([command, script]) {
    if (command === "install") assert.equal(script, name);
    else if (command === "run") assert.ok(scripts[script], `no script "${script}"`);
    else if (command !== "ci") assert.ok(scripts[command], `no script "${command}"`);
  },

  async npx([program, ...args], folder) {
    assert.equal(program, name);
    // What installs an add-on asks first, and asks the network.
    if (args[0] === "models") return assert.deepEqual(args, ["models", "add", "htdemucs"]);
    const { code, stderr } = await run(args, { cwd: folder });
    assert.equal(code, 0, stderr);
  },

  cp([flag, from, to]) {
    assert.equal(flag, "-r");
    assert.ok(existsSync(from.replace(`node_modules/${name}/`, "")), from);
    assert.ok(to);
  },

  /** Modules and options are the recipe's; the recipe's own tests run them. */
  python([flag, module, ...args]) {
    assert.equal(flag, "-m");
    const source = readFileSync(`models/${module.replace(".", "/")}.py`, "utf8");
    for (const option of args.filter((word) => word.startsWith("--"))) {
      assert.ok(source.includes(`add_argument("${option}"`), `${module} has no ${option}`);
    }
    for (const file of args.filter((word) => /^training\/|^live/.test(word))) {
      assert.ok(existsSync(`models/${file}`), file);
    }
  },

  pip([command, flag, file]) {
    assert.deepEqual([command, flag], ["install", "-r"]);
    assert.ok(existsSync(file.replace(/^(models\/)?/, "models/")), file);
  },

  /** The image's entry point is the command; its build is test/docker/run-steps.sh's. */
  docker([command, ...args]) {
    assert.ok(existsSync("Dockerfile"));
    if (command === "build") return assert.deepEqual(args, ["-t", name, "."]);
    assert.equal(command, "run");
    assert.ok(args.includes(name), `not the image ${name}`);
  },
};

/** @param folder holds song.mp3 */
export async function checkCommands(code: string, folder: string): Promise<void> {
  for (const line of code.trim().split(/\n|&&/)) {
    const [program, ...args] = line
      .replace(/#.*/, "")
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll('"', ""));
    assert.ok(program in CHECKS, `nothing checks "${line}"`);
    await CHECKS[program](args, folder);
  }
}
