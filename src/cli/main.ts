#!/usr/bin/env node
// The command `danna-sep`. Node.
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { DannaError } from "../errors.ts";
import { doctorCommand } from "./doctor-command.ts";
import { helpOf, seeHelp } from "./help.ts";
import { modelsCommand } from "./models-command.ts";
import { splitCommand } from "./split-command.ts";
import { terminalText } from "./terminal-text.ts";
import { parseArguments, UsageError, type Arguments } from "./usage.ts";

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Aborted by the first Ctrl-C, SIGTERM or closing of the terminal, which lets the run clean up, a second one
 * ends it; and when nobody reads the output any more, as behind `| head`.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Error("interrupted"));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      interrupt();
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // A terminal that is gone answers EIO.
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
      interrupt();
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
      return doctorCommand(options, await version(), signal);
    case "help":
      process.stdout.write(helpOf(options.of));
      return true;
    case "version":
      process.stdout.write(`${await version()}\n`);
      return true;
  }
}

// V8 compiles the runtime's WebAssembly on one thread, not four: each keeps some 60 MB that it took for it.
setFlagsFromString("--wasm-num-compilation-tasks=1");

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
    const more = seeHelp(process.argv[2]);
    process.stderr.write(`danna-sep: ${terminalText(error.message)} ${more}\n`);
    process.exitCode = EXIT.usage;
  } else if (error instanceof DannaError) {
    process.stderr.write(`danna-sep: ${terminalText(error.message)}\n`);
    process.exitCode = EXIT.failed;
  } else {
    throw error;
  }
}
