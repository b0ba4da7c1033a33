#!/usr/bin/env node
// The command `danna-sep`. Node.
import { Logging, LogLevel } from "mediabunny";
import { readFile } from "node:fs/promises";
import { DannaError } from "../errors.ts";
import { doctorCommand } from "./doctor-command.ts";
import { modelsCommand } from "./models-command.ts";
import { splitCommand } from "./split-command.ts";
import { HELP, parseArguments, UsageError, type Arguments } from "./usage.ts";

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Aborted by the first Ctrl-C or SIGTERM, which lets the run clean up; a second one ends it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new Error("interrupted"));
    });
  }
  return controller.signal;
}

async function version(): Promise<string> {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

async function run(options: Arguments, signal: AbortSignal): Promise<boolean> {
  switch (options.command) {
    case "split":
      return splitCommand(options, signal);
    case "models":
      return modelsCommand(options, signal);
    case "doctor":
      return doctorCommand(options.json, await version());
    case "help":
      process.stdout.write(HELP);
      return true;
    case "version":
      process.stdout.write(`${await version()}\n`);
      return true;
  }
}

// What it would say of a file, its error says.
Logging.level = LogLevel.Errors;
const signal = interruption();
try {
  process.exitCode = (await run(parseArguments(process.argv.slice(2)), signal))
    ? EXIT.done
    : EXIT.failed;
} catch (error) {
  if (signal.aborted) {
    process.stderr.write("danna-sep: interrupted; nothing half-written was left\n");
    process.exitCode = EXIT.interrupted;
  } else if (error instanceof UsageError) {
    process.stderr.write(`danna-sep: ${error.message} See danna-sep --help.\n`);
    process.exitCode = EXIT.usage;
  } else if (error instanceof DannaError) {
    process.stderr.write(`danna-sep: ${error.message}\n`);
    process.exitCode = EXIT.failed;
  } else {
    throw error;
  }
}
