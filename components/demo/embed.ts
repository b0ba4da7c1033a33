// The embed page: the tag with this site's own address, and buttons that copy what they stand below. Page.

import { say } from "./say.ts";

const tag = document.querySelector("#tag") as HTMLElement;
const { href, hostname } = new URL("../embed.js", location.href);
const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
document.querySelector("#local")?.toggleAttribute("hidden", !isLocal);
tag.textContent = (tag.textContent ?? "").replace(/https:\S+embed\.js/, href);

const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-copy]")];
const labels = buttons.map(({ textContent }) => textContent);

for (const button of buttons) {
  // What it says is what it did: whoever hears the page hears it, too.
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => void copy(button));
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const code = document.querySelector(`#${button.dataset.copy}`) as HTMLElement;
  const done = await navigator.clipboard?.writeText(code.textContent ?? "").then(
    () => true,
    () => false,
  );
  // Where a page may not write to the clipboard, its user may.
  if (!done) getSelection()?.selectAllChildren(code);
  buttons.forEach((each, i) => (each.textContent = labels[i]));
  // Shown until the next copy.
  button.textContent = say(done ? "Copied" : "Selected: copy it with the keyboard");
}
