// The extension's popup: four knobs, start and stop. What sounds is in the offscreen document, which goes on when
// the popup is closed.
import { DEFAULT_STEMS } from "../../src/index.ts";
import { fill, loadTexts, stemName, textsFor } from "../core/texts.ts";
import "../gain-knob.ts";
import type { Answer, Request } from "./messages.ts";
import { popupTexts } from "./texts.ts";

/** Milliseconds between two looks at what the sound is doing. */
const INTERVAL = 250;

const find = (id: string) => document.getElementById(id) as HTMLElement;
const lang = navigator.language;
await loadTexts(lang);
const texts = popupTexts(lang);
const stemTexts = textsFor(lang);
/** Why the last start did not come to anything; stays until the next. */
let failure = "";

const ask = (request: Request) => chrome.runtime.sendMessage(request) as Promise<Answer>;

const knobs = DEFAULT_STEMS.map((stem) => {
  const field = document.createElement("div");
  const knob = document.createElement("gain-knob");
  knob.stem = stem;
  knob.lang = lang;
  knob.label = stemName(stemTexts, stem);
  knob.addEventListener("stem-gain-request", ({ detail }) => {
    void ask({ do: "gain", stem, decibels: detail.gain });
  });
  field.append(knob, knob.label);
  find("knobs").append(field);
  return knob;
});

const SAID: Readonly<Record<Answer["status"], (answer: Answer) => string>> = {
  loading: ({ title }) => fill(texts.loading, { title }),
  on: ({ title }) => fill(texts.playing, { title }),
  off: () => failure || texts.idle,
  error: ({ error }) => error,
};

function show(answer: Answer | undefined): void {
  const on = answer !== undefined && (answer.status === "on" || answer.status === "loading");
  const status = find("status");
  const said = SAID[answer?.status ?? "off"](answer as Answer);
  if (status.textContent !== said) status.textContent = said;
  find("start").hidden = on;
  find("stop").hidden = !on;
  for (const knob of knobs) {
    knob.disabled = !on;
    if (answer && knob.stem && !knob.matches(":focus-within")) knob.value = answer.gains[knob.stem];
  }
}

async function look(): Promise<void> {
  // A document that is only just being made does not answer yet.
  const answer = async () => ask({ do: "tell" }).catch(() => undefined);
  show((await chrome.offscreen.hasDocument()) ? await answer() : undefined);
}

async function start(): Promise<void> {
  const windows = { populate: true, windowTypes: ["normal"] } as const;
  const { tabs } = await chrome.windows.getLastFocused(windows);
  const tab = tabs?.find(({ active }) => active);
  if (tab?.id === undefined) throw new Error(texts.noTab);
  if (await chrome.offscreen.hasDocument()) await chrome.offscreen.closeDocument();
  const stream = await chrome.tabCapture
    .getMediaStreamId({ targetTabId: tab.id })
    .catch(({ message }: Error) => {
      throw new Error(fill(texts.refused, { reason: message }));
    });
  await chrome.offscreen.createDocument({
    url: "offscreen.html",
    reasons: ["USER_MEDIA"],
    justification: "A tab's sound is taken apart into stems and played with their gains.",
  });
  show(await ask({ do: "start", stream, title: tab.title ?? "" }));
}

document.documentElement.lang = lang;
find("start").textContent = texts.start;
find("stop").textContent = texts.stop;
find("start").onclick = () => {
  failure = "";
  start().catch(({ message }: Error) => {
    failure = message;
    show(undefined);
  });
};
find("stop").onclick = () => void chrome.offscreen.closeDocument().then(look);
await look();
setInterval(() => void look(), INTERVAL);
