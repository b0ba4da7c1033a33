// The monitor page: a live input, or the demo song where there is none. Page.
import type { StemMixer } from "../stem-mixer.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;

document.querySelector("#demo-song")?.addEventListener("click", () => {
  mixer.songTitle = "Four-part light";
  void mixer.load("song/song.mp3");
});
