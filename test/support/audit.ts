// `npm run audit`: fails on known faults in what the package brings, where the registry knows of any.
// Runs in Node.
import { spawnSync } from "node:child_process";

interface Report {
  error?: unknown;
  message?: string;
  metadata?: { vulnerabilities?: Record<string, number> };
}

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });
const report = JSON.parse(stdout || "{}") as Report;
const counts = report.metadata?.vulnerabilities;
if (counts === undefined) {
  console.log(`audit skipped, as this registry gives none: ${report.message ?? "no answer"}`);
} else if (counts.total > 0) {
  console.error(JSON.stringify(counts));
  console.error("npm audit --omit=dev says more.");
  process.exitCode = 1;
} else {
  console.log("audit: no known faults");
}
