// The mixer's demo page: songs dropped anywhere on it, those that wait, and the demo song with a word on what to do with
// it. Page.
import { pageStorage } from "../core/preset-store.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { takeDrops } from "./drops.ts";
import { makeInstallable } from "./installable.ts";
import { say } from "./say.ts";
import { queueSongs } from "./song-queue.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;

const find = (selector: string) => document.querySelector(selector) as HTMLElement;

find("#demo-song").addEventListener("click", () => {
  mixer.songTitle = "Four-part light";
  void mixer.load("song/song.mp3").then(hint);
});

/** In localStorage, once the hint was given. */
const HINTED = "danna-sep.hinted";

/** Says once what a mixer is for; it goes as soon as it is done, or the song is closed. */
function hint(): void {
  const storage = pageStorage();
  if (mixer.state !== "ready" || storage?.getItem(HINTED)) return;
  try {
    storage?.setItem(HINTED, "1");
  } catch {
    // Where nothing may be kept it is said at each visit.
  }
  const line = find(".told");
  line.textContent = say("Now pull Vocals down.");
  const done = new AbortController();
  for (const type of ["stem-mix-change", "stem-state-change"] as const) {
    mixer.addEventListener(
      type,
      () => {
        line.textContent = "";
        done.abort();
      },
      { signal: done.signal },
    );
  }
}

// The page's headline makes room.
mixer.addEventListener("stem-state-change", ({ detail }) => {
  document.body.toggleAttribute("data-open", detail.state !== "idle");
});

takeDrops(mixer);
queueSongs(mixer, undefined, {
  list: find(".queue ol"),
  next: find(".queue .pill"),
  told: find(".told"),
});
makeInstallable(mixer);
if (new URLSearchParams(location.search).has("debug")) {
  const { showDebug } = await import("./debug.ts");
  showDebug(mixer);
}
