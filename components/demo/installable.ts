// Makes the demo pages an app: they open without a network after the first visit, and open audio files from
// the system where they are installed. Page; imported by each of them.
import { workerScript } from "../../src/util/worker-script.ts";
import type { StemMixer } from "../stem-mixer.ts";

interface LaunchQueue {
  setConsumer(consumer: (launch: { files: readonly FileSystemFileHandle[] }) => void): void;
}

/** Nobody who pays by the byte fetches what is not asked for. */
function mayFetchAhead(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  return connection?.saveData !== true;
}

export function makeInstallable(mixer: StemMixer): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(async ({ files }) => {
    const [first] = files;
    if (first) await mixer.load(await first.getFile());
  });
  if (!("serviceWorker" in navigator) || !mayFetchAhead()) return;
  const register = () =>
    navigator.serviceWorker
      .register(workerScript(new URL("../offline.js", location.href).href))
      // Private windows and pages without TLS have none: they need the network, as before.
      .catch(() => undefined);
  if (document.readyState === "complete") void register();
  else addEventListener("load", () => void register(), { once: true });
}
