// The monitor page: a live input, or a song where there is none. Page.
import type { StemMixer } from "../stem-mixer.ts";
import { takeDrops } from "./drops.ts";
import { makeInstallable } from "./installable.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;
const { songTitle: inputTitle } = mixer;

document.querySelector("#demo-song")?.addEventListener("click", () => {
  mixer.songTitle = "Four-part light";
  void mixer.load("song/song.mp3");
});

// Closing the song leads back to the input.
mixer.addEventListener("stem-state-change", ({ detail }) => {
  if (detail.state === "waiting") mixer.songTitle = inputTitle;
});

takeDrops(mixer);
makeInstallable(mixer);
if (new URLSearchParams(location.search).has("debug")) {
  const { showDebug } = await import("./debug.ts");
  showDebug(mixer);
}
