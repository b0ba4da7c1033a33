// What a mixer listens to: its controls' requests, keys, buttons of the host's, and files dropped on it. Page
// thread.
import { tinykeys } from "tinykeys";
import { Requests } from "../constants.ts";
import {
  belongsToTarget,
  MOST_KEYS,
  SHORTCUTS,
  shortcutsFor,
  type Action,
  type KeyTarget,
} from "../core/shortcuts.ts";
import type { MixerHost } from "./view.ts";

type Mixer = MixerHost &
  HTMLElement & {
    readonly shortcuts: "focus" | "page" | "off";
    dropping: boolean;
    dismiss(): boolean;
    takeDrop(dropped: DataTransfer): void;
  };

/** Until the signal aborts. */
export function listen(mixer: Mixer, signal: AbortSignal): void {
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    action: (event: HTMLElementEventMap[K]) => Action,
  ) => mixer.addEventListener(type, (event) => mixer.dispatch(action(event)), { signal });
  on(Requests.gain, ({ detail: { stem, gain } }) =>
    stem ? { do: "gain", stem, decibels: gain } : { do: "master", decibels: gain },
  );
  on(Requests.mute, ({ detail: { stem, muted } }) => ({ do: "mute", stem, on: muted }));
  on(Requests.solo, ({ detail: { stem, soloed } }) => ({ do: "solo", stem, on: soloed }));
  on(Requests.seek, ({ detail: { position } }) => ({ do: "seek", position }));
  on(Requests.loop, ({ detail: { loop } }) => ({ do: "loop", loop }));

  // Buttons of the host: <button commandfor="mixer" command="--play-pause">.
  const onCommand = (event: Event): void => {
    const { command } = event as Event & { command?: string };
    const shortcut = SHORTCUTS.find(({ action }) => `--${action.do}` === command);
    if (shortcut) mixer.dispatch(shortcut.action);
  };
  mixer.addEventListener("command", onCommand, { signal });

  for (const type of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    mixer.addEventListener(type, (event) => onDrag(mixer, event), { signal });
  }

  mixer.addEventListener("keydown", (event) => onEscape(mixer, event), { signal });
  // Firefox presses a button when Space is let go, whatever has become of its press.
  mixer.addEventListener(
    "keyup",
    (event) => {
      if (event.key === " " && isButton(event.composedPath()[0])) event.preventDefault();
    },
    { signal },
  );

  // Which stems there are, and so what a digit means, is known when it is pressed.
  const bindings = shortcutsFor(Array.from({ length: MOST_KEYS }, String)).map(({ keys }) => [
    keys,
    (event: KeyboardEvent) => onKey(mixer, event, keys),
  ]);
  signal.addEventListener("abort", tinykeys(window, Object.fromEntries(bindings)));
}

const isButton = (target: EventTarget | undefined): boolean =>
  (target as KeyTarget | undefined)?.localName === "button";

function onEscape(mixer: Mixer, event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.defaultPrevented || !mixer.dismiss()) return;
  event.preventDefault();
  event.stopPropagation();
}

function onKey(mixer: Mixer, event: KeyboardEvent, keys: string): void {
  const { status, stems } = mixer.player.state;
  if (mixer.shortcuts === "off" || event.defaultPrevented || status === "idle") return;
  const path = event.composedPath();
  if (mixer.shortcuts === "focus" && !path.includes(mixer)) return;
  // Of the mixer's own buttons, Space presses none: it always plays and pauses.
  const plays = event.key === " " && isButton(path[0]) && path.includes(mixer);
  if (!plays && belongsToTarget(event.key, path[0] as KeyTarget | undefined)) return;
  const shortcut = shortcutsFor(stems).find((each) => each.keys === keys);
  if (!shortcut) return;
  event.preventDefault();
  mixer.dispatch(shortcut.action);
}

function onDrag(mixer: Mixer, event: DragEvent): void {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const leaving = event.type === "dragleave" && !mixer.contains(event.relatedTarget as Node | null);
  mixer.dropping = event.type !== "drop" && !leaving;
  if (event.type === "drop") mixer.takeDrop(event.dataTransfer);
}
