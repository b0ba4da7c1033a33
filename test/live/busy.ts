// A process that competes for the processor. Runs in Node.
import { spawn } from "node:child_process";

/** Takes all of one core until it is stopped. */
export function busyProcess(): { stop: () => void } {
  const child = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  return { stop: () => void child.kill("SIGKILL") };
}
