// What the command takes, and how it says so. Node.
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { SplitBackend } from "../engine/runtime.ts";
import type { Stem } from "../stems.ts";
import { MOST_WORKERS } from "../split/check-options.ts";
import type { Mix } from "../output/folder-writer.ts";
import { STEM_FORMATS, type StemFormat } from "../output/formats.ts";
import { BACKENDS, COMMANDS, type CommandName } from "./help.ts";
import { didYouMean } from "./nearest.ts";

/** Wrong arguments: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface SplitArguments {
  command: "split";
  inputs: string[];
  out: string;
  /** Which stems are written, all of the model's where none are named, or the mix of them. */
  selection: { readonly stems: readonly Stem[] | undefined } | Mix;
  format: StemFormat;
  model: string | undefined;
  workers: number | undefined;
  backend: SplitBackend | undefined;
  addUp: boolean;
  force: boolean;
  json: boolean;
  quiet: boolean;
}
export interface ModelsArguments {
  command: "models";
  action: "list" | "add" | "remove";
  name: string;
  yes: boolean;
  /** A file that is here already, to be installed instead of a download. */
  from: string | undefined;
  json: boolean;
}
export type Arguments =
  | SplitArguments
  | ModelsArguments
  | { command: "doctor"; names: readonly string[]; json: boolean }
  /** Of a command, or of the whole. */
  | { command: "help"; of?: CommandName }
  | { command: "version" };

const COMMON = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
  json: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

const SPLIT = {
  ...COMMON,
  out: { type: "string", short: "o" },
  stems: { type: "string", short: "s" },
  mix: { type: "string", short: "x" },
  format: { type: "string", short: "f" },
  model: { type: "string", short: "m" },
  workers: { type: "string", short: "w" },
  backend: { type: "string", short: "b" },
  "no-add-up": { type: "boolean" },
  force: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
} as const satisfies ParseArgsConfig["options"];

const MODELS = {
  ...COMMON,
  yes: { type: "boolean", short: "y" },
  from: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

/** Node's own words go on about positional arguments. */
function reasonOf({ code, message }: { code?: string; message: string }): string {
  const [, option] = /'(-[^' ]*)/.exec(message) ?? [];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" && option) return `There is no option ${option}.`;
  return `${message.split(". ")[0].replace(/\.$/, "")}.`;
}

function parse<T extends NonNullable<ParseArgsConfig["options"]>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(reasonOf(error as Error & { code?: string }));
  }
}

/**
 * @param args what follows the command's name
 * @throws UsageError
 */
export function parseArguments(args: string[]): Arguments {
  const [command, ...rest] = args;
  switch (command) {
    case "split":
      return splitArguments(rest);
    case "karaoke":
      return splitArguments(rest, KARAOKE);
    case "models":
      return modelsArguments(rest);
    case "doctor": {
      const { values, positionals } = parse(rest, COMMON);
      if (values.help) return { command: "help", of: command };
      return { command, names: positionals, json: values.json ?? false };
    }
    case "help": {
      const of = COMMANDS.find((known) => known === rest[0]);
      if (rest.length === 0 || of) return { command, of };
      throw unknownCommand(rest[0]);
    }
    case undefined:
    case "-h":
    case "--help":
      return { command: "help" };
    case "-v":
    case "--version":
      return { command: "version" };
    default:
      throw unknownCommand(command);
  }
}

const unknownCommand = (name: string) =>
  new UsageError(
    `There is no command "${name}": split, karaoke, models or doctor.${didYouMean(name, COMMANDS)}`,
  );

/** What `karaoke` is short for. */
const KARAOKE = { format: "mp3", label: "karaoke", gains: { vocals: 0 } } as const;

function splitArguments(args: string[], karaoke?: typeof KARAOKE): Arguments {
  const { values, positionals } = parse(args, SPLIT);
  if (values.help) return { command: "help", of: karaoke ? "karaoke" : "split" };
  if (values.version) return { command: "version" };
  if (positionals.length === 0) {
    throw new UsageError(`${karaoke ? "karaoke" : "split"} needs a file or a folder.`);
  }
  for (const input of positionals) refuseNoFile(input);
  const format = (values.format ?? karaoke?.format ?? "wav16") as StemFormat;
  if (!STEM_FORMATS.includes(format)) {
    const meant = didYouMean(format, STEM_FORMATS);
    throw new UsageError(`There is no format "${format}": ${STEM_FORMATS.join(", ")}.${meant}`);
  }
  return {
    command: "split",
    inputs: positionals,
    out: values.out ?? ".",
    selection: selectionOf(values, format, karaoke),
    format,
    model: values.model,
    workers: values.workers === undefined ? undefined : workerCount(values.workers),
    backend: backendNamed(values.backend),
    addUp: !values["no-add-up"],
    force: values.force ?? false,
    json: values.json ?? false,
    quiet: values.quiet ?? false,
  };
}

function selectionOf(
  { stems, mix }: { stems?: string; mix?: string },
  format: StemFormat,
  karaoke: typeof KARAOKE | undefined,
): SplitArguments["selection"] {
  const chosen = karaoke ? "karaoke" : "--mix";
  if (karaoke || mix !== undefined) {
    if (stems !== undefined)
      throw new UsageError(`${chosen} writes one file; --stems has no part in it.`);
    if (karaoke && mix !== undefined)
      throw new UsageError("karaoke is a mix already; split takes --mix.");
    if (format === "stem.mp4")
      throw new UsageError(`${chosen} writes one sound; a Stem file has all.`);
  }
  if (karaoke) return karaoke;
  if (mix !== undefined) return { label: "mix", gains: gainList(mix) };
  return { stems: stems?.split(",").map((name) => name.trim()) };
}

/** Linear gains of "vocals=-inf,drums=-6". */
function gainList(text: string): Record<string, number> {
  const pairs = text.split(",").map((pair): [string, number] => {
    const [stem, level, ...more] = pair.split("=").map((word) => word.trim());
    const decibels = /^-inf(inity)?$/i.test(level ?? "") ? -Infinity : Number(level || NaN);
    if (Number.isNaN(decibels) || decibels === Infinity || more.length > 0) {
      throw new UsageError(
        `--mix takes stems with decibels, as vocals=-inf,drums=-6, not "${pair}".`,
      );
    }
    return [stem, 10 ** (decibels / 20)];
  });
  return Object.fromEntries(pairs);
}

/** @throws UsageError that says how to get a file, where there is none by intention */
function refuseNoFile(input: string): void {
  if (input === "-") {
    throw new UsageError("split takes files, not standard input: write it to a file first.");
  }
  if (/^(https?|ftp|s3|rtmp):\/\//i.test(input)) {
    throw new UsageError(`split takes files, not addresses: download ${input} first.`);
  }
  if (/^(file|blob|data):/i.test(input)) {
    throw new UsageError(`split takes paths of files, not addresses as ${input.slice(0, 60)}.`);
  }
}

function backendNamed(name: string | undefined): SplitBackend | undefined {
  const backend = BACKENDS.find((known) => known === name);
  if (name === undefined || backend) return backend;
  throw new UsageError(`There is no backend "${name}": ${BACKENDS.join(", ")}.`);
}

function workerCount(text: string): number {
  const workers = Number(text);
  if (/^\d+$/.test(text) && workers <= MOST_WORKERS) return workers;
  throw new UsageError(`--workers takes a number from 0 to ${MOST_WORKERS}, not "${text}".`);
}

function modelsArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args, MODELS);
  if (values.help) return { command: "help", of: "models" };
  const [action = "list", name = "", ...more] = positionals;
  if (action !== "list" && action !== "add" && action !== "remove") {
    throw new UsageError(`models can list, add or remove, not "${action}".`);
  }
  if (action !== "list" && name === "") throw new UsageError(`models ${action} needs a name.`);
  if (more.length > 0 || (action === "list" && name !== "")) {
    throw new UsageError(`models ${action} takes no "${more[0] ?? name}".`);
  }
  const { yes = false, from, json = false } = values;
  return { command: "models", action, name, yes, from, json };
}
