// Loaded before the command: it sends itself two signals right behind the call that INTERRUPT names, as "linkSync:2"
// for the second link of a file that is written. Node.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const [name, nth] = process.env.INTERRUPT.split(":");
let count = 0;

function interrupt(args) {
  if (!String(args[0]).includes(".danna-") || ++count !== Number(nth)) return;
  process.kill(process.pid, "SIGTERM");
  process.kill(process.pid, "SIGINT");
}

if (isMainThread) {
  const sync = fs[name];
  fs[name] = (...args) => {
    const result = sync(...args);
    interrupt(args);
    return result;
  };
  const promised = name.replace("Sync", "");
  const original = fs.promises[promised];
  fs.promises[promised] = async (...args) => {
    const result = await original(...args);
    interrupt(args);
    return result;
  };
  syncBuiltinESMExports();
}
