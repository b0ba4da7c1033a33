// Keeps the screen on while a mixer plays. Page.
import type { StemMixer } from "../stem-mixer.ts";

export function keepScreenAwake(mixer: StemMixer): void {
  let lock: Promise<WakeLockSentinel | undefined> | undefined;
  const follow = (): void => {
    const isWanted = mixer.player.state.running && document.visibilityState === "visible";
    if (isWanted && !lock) {
      // Refused to save the battery, or by the page's policy: the screen sleeps as it would without.
      lock = navigator.wakeLock?.request("screen").catch(() => undefined);
    } else if (!isWanted && lock) {
      void lock.then((held) => held?.release());
      lock = undefined;
    }
  };
  mixer.addEventListener("stem-transport-change", follow);
  mixer.addEventListener("stem-state-change", follow);
  // The browser takes the lock of a page that is hidden.
  document.addEventListener("visibilitychange", follow);
}
