// The events that a mixer sends when its player's snapshot changes. Page thread.
import type { PlayerState } from "../../src/player/index.ts";
import { Events, type EventDetails } from "../constants.ts";

export function tellChanges(mixer: EventTarget, before: PlayerState, state: PlayerState): void {
  const tell = <K extends keyof EventDetails>(type: K, detail: EventDetails[K]) =>
    void mixer.dispatchEvent(new CustomEvent(type, { detail }));
  const differs = (...names: (keyof PlayerState)[]) =>
    names.some((name) => state[name] !== before[name]);
  const { mix, master, bypass, paused, loop, key, tempo, latency, better, saved } = state;
  if (differs("status")) tell(Events.state, { state: state.status });
  if (differs("mix", "master", "bypass")) tell(Events.mix, { mix, master, bypass });
  if (differs("paused", "loop", "key", "tempo", "clock", "duration")) {
    tell(Events.transport, { paused, loop, key, tempo });
  }
  if (differs("latency")) tell(Events.latency, { latency });
  if (differs("better")) {
    tell(Events.quality, {
      heard: better?.heard ? "studio" : "live",
      ready: better?.ready ?? 0,
      kept: better?.kept ?? false,
    });
  }
  if (differs("recorded") && state.recorded.length > 0) {
    tell(Events.recording, { files: state.recorded });
  }
  if (differs("saved") && saved) tell(Events.saved, { file: saved });
}
