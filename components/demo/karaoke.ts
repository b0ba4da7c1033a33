// The karaoke page: words, a guide vocal in three strengths, a queue of songs, full screen. Page.
import type { StemLyrics } from "../stem-lyrics.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { takeDrops } from "./drops.ts";
import { makeInstallable } from "./installable.ts";
import { say } from "./say.ts";
import { keepScreenAwake } from "./screen-awake.ts";
import { queueSongs } from "./song-queue.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;
const lyrics = document.querySelector("stem-lyrics") as StemLyrics;
const find = (selector: string) => document.querySelector(selector) as HTMLElement;
const ways = [...document.querySelectorAll<HTMLButtonElement>("[data-gain]")];

function showWay(): void {
  for (const button of ways) {
    const chosen = Number(button.dataset.gain) === mixer.mix.vocals.gain;
    button.setAttribute("aria-pressed", String(chosen));
  }
}

for (const button of ways) {
  button.addEventListener("click", () => mixer.setGain("vocals", Number(button.dataset.gain)));
}
mixer.addEventListener("stem-mix-change", showWay);
void customElements.whenDefined("stem-mixer").then(() => mixer.setGain("vocals", -60));

document.querySelector<HTMLInputElement>("#file")?.addEventListener("change", (event) => {
  const input = event.target as HTMLInputElement;
  mixer.takeFiles([...(input.files ?? [])]);
  // The same file can be chosen again.
  input.value = "";
});

// The mixer's own export, of the mix that is heard: with the voice off, quiet or full.
const save = find("#save") as HTMLButtonElement;
save.addEventListener("click", () => mixer.dispatch({ do: "panel", panel: "save" }));
mixer.addEventListener("stem-state-change", ({ detail }) => {
  save.disabled = detail.state !== "ready";
  save.title = save.disabled ? say("Press play first") : "";
});

document.querySelector("#words")?.addEventListener("click", () => void lyrics.askForText());

document.querySelector("#stage")?.addEventListener("click", () => {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.querySelector("main")?.requestFullscreen();
});

takeDrops(mixer);
queueSongs(mixer, lyrics, {
  list: find(".queue ol"),
  next: find(".queue .pill"),
  told: find(".told"),
});
keepScreenAwake(mixer);
makeInstallable(mixer);
