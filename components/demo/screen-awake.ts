// Keeps the screen on while a mixer plays. Page.
import type { StemMixer } from "../stem-mixer.ts";
import { WakeLock } from "./wake-lock.ts";

export function keepScreenAwake(mixer: StemMixer): void {
  const lock = new WakeLock();
  const follow = (): void => lock.want(mixer.player.state.running);
  mixer.addEventListener("stem-transport-change", follow);
  mixer.addEventListener("stem-state-change", follow);
}
