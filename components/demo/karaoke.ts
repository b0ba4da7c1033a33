// The karaoke page: three ways of singing, another song, full screen. Page.
import type { StemMixer } from "../stem-mixer.ts";
import { takeDrops } from "./drops.ts";
import { makeInstallable } from "./installable.ts";

const mixer = document.querySelector("stem-mixer") as StemMixer;
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
  const [file] = input.files ?? [];
  if (file) void mixer.load(file);
  // The same file can be chosen again.
  input.value = "";
});

document.querySelector("#stage")?.addEventListener("click", () => {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.querySelector("main")?.requestFullscreen();
});

takeDrops(mixer);
makeInstallable(mixer);
