// `npm run audit`: fails on known faults in what the package brings, where the registry knows of any;
// and, wherever it runs, on packages without a hash, from elsewhere than a registry, or with code that
// would run while they are installed. What the published package brings, test/security/dependencies.test.ts
// looks at more closely. Runs in Node.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Report {
  message?: string;
  metadata?: { vulnerabilities?: Record<string, number> };
}

interface Locked {
  version?: string;
  /** Left out where the lock file is for any registry. */
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
}

/** Those whose installation runs code: a binary that is fitted, a notice, a check. */
const WITH_SCRIPTS = ["esbuild", "protobufjs", "rs-module-lexer"];

/** Those whose script package.json forbids to run. */
const { allowScripts = {} } = JSON.parse(readFileSync("package.json", "utf8")) as {
  allowScripts?: Record<string, boolean>;
};
const isForbidden = (name: string) => allowScripts[name] === false;

/** What is wrong with a locked package. */
function faults(
  name: string,
  { version, resolved, integrity, hasInstallScript }: Locked,
): string[] {
  const found = [];
  if (!/^\d+\.\d+\.\d+/.test(version ?? "")) found.push(`has no exact version: ${version}`);
  if (!integrity?.startsWith("sha512-")) found.push("has no SHA-512");
  if (resolved && !resolved.startsWith("https://registry.npmjs.org/")) {
    found.push(`comes from ${resolved}`);
  }
  if (hasInstallScript && !WITH_SCRIPTS.includes(name) && !isForbidden(name)) {
    found.push("runs code when it is installed");
  }
  return found.map((fault) => `${name} ${fault}`);
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  packages: Record<string, Locked>;
};
const locked = Object.entries(lock.packages).filter(([folder]) => folder !== "");
const wrong = locked.flatMap(([folder, entry]) =>
  faults(folder.split("node_modules/").pop()!, entry),
);
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exitCode = 1;
} else {
  console.log(
    `audit: ${locked.length} packages, tools included, each with an exact version and a SHA-512 and from the registry; ` +
      `code runs at installation of ${WITH_SCRIPTS.join(", ")} only`,
  );
}

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });
const report = JSON.parse(stdout || "{}") as Report;
const counts = report.metadata?.vulnerabilities;
if (counts === undefined) {
  const reason = report.message ?? "no answer";
  console.log(`audit: KNOWN FAULTS WERE NOT LOOKED UP, as this registry gives none: ${reason}`);
} else if (counts.total > 0) {
  console.error(JSON.stringify(counts));
  console.error("npm audit --omit=dev says more.");
  process.exitCode = 1;
} else {
  console.log("audit: no known faults");
}
