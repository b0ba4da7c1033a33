// The mixer's demo page: songs dropped anywhere on it, and the demo song. Page.
import type { StemMixer } from "../stem-mixer.ts";
import { takeDrops } from "./drops.ts";
import { makeInstallable } from "./installable.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;

document.querySelector("#demo-song")?.addEventListener("click", () => {
  mixer.songTitle = "Four-part light";
  void mixer.load("song/song.mp3");
});

// The page's headline makes room.
mixer.addEventListener("stem-state-change", ({ detail }) => {
  document.body.toggleAttribute("data-open", detail.state !== "idle");
});

takeDrops(mixer);
makeInstallable(mixer);
if (new URLSearchParams(location.search).has("debug")) {
  const { showDebug } = await import("./debug.ts");
  showDebug(mixer);
}
