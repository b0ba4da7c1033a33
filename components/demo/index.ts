// The mixer's demo page: songs dropped anywhere on it, and the demo song. Page.
import type { StemMixer } from "../stem-mixer.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;

document.querySelector("#demo-song")?.addEventListener("click", () => {
  mixer.songTitle = "Four-part light";
  void mixer.load("song/song.mp3");
});

// The song's name is the demo song's only while that is open; the page's headline makes room.
mixer.addEventListener("stem-state-change", ({ detail }) => {
  document.body.toggleAttribute("data-open", detail.state !== "idle");
  if (detail.state === "idle") mixer.songTitle = "";
});

for (const type of ["dragover", "drop"] as const) {
  document.addEventListener(type, (event) => {
    // What is dropped on the mixer is the mixer's.
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (type === "drop" && file) {
      mixer.songTitle = "";
      void mixer.load(file);
    }
  });
}
