// Runs the built command, as a user's shell would. Runs in Node.
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";

export const CLI = path.resolve("dist/cli.js");
export const IDENTITY = path.resolve("test/models/identity.json");
export const BIDIRECTIONAL = path.resolve("test/models/bidirectional.json");
export const RECURRENT = path.resolve("test/models/recurrent.json");

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Runs as a user whom permissions bind, though the tests run as root. */
  unprivileged?: boolean;
  /** Told the process, to be sent signals. */
  onStart?: (child: ChildProcess) => void;
}

const NOBODY = 65534;

/** For processes that cannot write what they reached: coverage must not change what a test sees. */
export const UNCOUNTED = { NODE_V8_COVERAGE: undefined };

export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const uid = options.unprivileged && process.getuid?.() === 0 ? NOBODY : undefined;
    const child = spawn(process.execPath, [CLI, ...args], {
      uid,
      cwd: options.cwd,
      env: { ...process.env, ...(uid !== undefined && UNCOUNTED), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += String(text)));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += String(text)));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    options.onStart?.(child);
  });
}

/** The objects that `--json` printed. */
export function events(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
