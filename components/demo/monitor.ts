// The monitor page: a live input on a mixer, with one bar, its troubles and their cures, and a log. Page; what
// it decides by is in monitor/.
import { LATENCY_MODES, onInputsChange, type LatencyMode } from "../../src/index.ts";
import type { PlayerNodes, PlayerState } from "../../src/player/index.ts";
import { moreEnglish } from "../core/texts-en-more.ts";
import "../core/texts-more.ts";
import { loadTexts, stemName, textsFor } from "../core/texts.ts";
import { pageStorage } from "../core/preset-store.ts";
import type { LevelMeter } from "../pictures.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { takeDrops } from "./drops.ts";
import { makeInstallable } from "./installable.ts";
import { heading } from "./monitor/heading.ts";
import { changes, summary, type Facts } from "./monitor/log.ts";
import { LogView } from "./monitor/log-view.ts";
import { connectOuts, planOuts, type Outs } from "./monitor/outs.ts";
import {
  channelChoices,
  findDevice,
  parseSettings,
  SETTINGS_KEY,
  type MonitorSettings,
} from "./monitor/settings.ts";
import { Supervisor } from "./monitor/supervisor.ts";
import { isSilent, troubleOf, type Attempt, type Trouble } from "./monitor/troubles.ts";
import { watchSeparator } from "./monitor/watch.ts";
import { say, sayError } from "./say.ts";
import { WakeLock } from "./wake-lock.ts";

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const mixer = find<StemMixer>("mixer");
const inputField = find<HTMLSelectElement>("input");
const outputField = find<HTMLSelectElement>("output");
const channelsField = find<HTMLSelectElement>("channels");
const modeField = find<HTMLSelectElement>("mode");
const outsField = find<HTMLInputElement>("outs");
const autostartField = find<HTMLInputElement>("autostart");
const meter = find<LevelMeter>("level");
const clip = find<HTMLButtonElement>("clip");
const bar = find("bar");
const fold = find("fold");

/** Full scale but for rounding, in dBFS. */
const CLIP = -0.1;
const LOOK_INTERVAL = 100;
const SUMMARY_INTERVAL = 60_000;
/** Chromium gives Web Audio two channels of an input at most: it mixes all others into them. */
const MOST_CHANNELS = "userAgentData" in navigator ? 2 : Infinity;
const DEFAULT = "default";

const { lang } = document.documentElement;
await loadTexts(lang);
const texts = textsFor(lang);
const figure = new Intl.NumberFormat(lang, {
  ...{ style: "unit", unit: "millisecond" },
  ...{ minimumFractionDigits: 1, maximumFractionDigits: 1 },
});

const isInput = ({ source }: PlayerState): boolean => source?.kind === "microphone";

const { songTitle: inputTitle } = mixer;
const { player } = mixer;
const log = new LogView(find("log"));
const note = (text: string) => log.note(text);
const supervisor = new Supervisor(attempt);
const wakeLock = new WakeLock();

let settings = parseSettings(pageStorage()?.getItem(SETTINGS_KEY) ?? null);
let inputs: readonly MediaDeviceInfo[] = [];
let outputs: readonly MediaDeviceInfo[] = [];
let nodes: PlayerNodes | undefined;
let outs: Outs | undefined;
/** Steps by which the separator does with less. */
let step = 0;
let headphones = false;
/** Whether the mixer has what was remembered: before that nothing is to be kept of it. */
let restored = false;
let said: Error | undefined;
/** When the stretch that is being listened to began: `performance.now()`, and seconds of the clock of its sound. */
let since: { readonly now: number; readonly sound: number } | undefined;
/** Whether it has listened since the page was opened. */
let hasListened = false;
let facts = factsOf(player.state);

function remember(changed: Partial<MonitorSettings>): void {
  settings = { ...settings, ...changed };
  try {
    pageStorage()?.setItem(SETTINGS_KEY, JSON.stringify(settings));
  } catch {
    // A full storage keeps nothing; the page works on.
  }
}

// --- what is known -------------------------------------------------------------------------------

function factsOf(state: PlayerState): Facts {
  const { source, status, interruption, error, latency, guarded } = state;
  const live = isInput(state);
  const known = inputs.find(({ deviceId }) => deviceId === source?.deviceId);
  const output = outputs.find(({ deviceId }) => deviceId === (state.outputDevice || DEFAULT));
  const [left, right] = settings.channels;
  const { latencyMode: mode } = state.settings;
  return {
    listening: live && source!.isOpen && status === "ready",
    input: live && source!.isOpen ? known?.label || source!.title : "",
    channels: left === right ? `channel ${left + 1}` : `channels ${left + 1} + ${right + 1}`,
    rate: live ? source!.sampleRate : undefined,
    output: output?.label || moreEnglish.defaultDevice,
    mode,
    latency: live ? latency : 0,
    guarded: live && guarded,
    trouble: live ? troubleOf({ status, interruption, error, step, mode }) : undefined,
  };
}

player.subscribe(follow);

function follow(state: PlayerState): void {
  if (state.nodes !== nodes) takeNodes(state.nodes);
  const before = facts;
  facts = factsOf(state);
  for (const text of changes(before, facts)) note(text);
  if (state.error && state.error !== said) note(state.error.message);
  said = state.error;
  if (before.listening !== facts.listening) {
    if (facts.listening) since ??= { now: performance.now(), sound: soundTime() };
    else sumUp();
    if (facts.listening) void listDevices();
  }
  if (!facts.listening) since = undefined;
  trustLines();
  keep(state);
  show(state);
  supervisor.follow(facts.trouble, facts.listening);
}

function sumUp(): void {
  const { stats } = player.state;
  if (since === undefined || !stats) return;
  note(summary((performance.now() - since.now) / 1000, stats, soundTime() - since.sound));
}

const soundTime = (): number => nodes?.context.currentTime ?? NaN;

/** What was said to be a line input once is one. */
function trustLines(): void {
  const isLine = facts.input !== "" && settings.lines.includes(facts.input);
  mixer.feedbackGuard = isLine ? "off" : "on";
  find("no-line").hidden = !isLine;
}

function keep({ mix, master, settings: { latencyMode: mode } }: PlayerState): void {
  if (!restored) return;
  if (mix !== settings.mix || master !== settings.master || mode !== settings.mode) {
    remember({ mix, master, mode });
  }
}

function takeNodes(taken: PlayerNodes | undefined): void {
  const before = nodes;
  nodes = taken;
  // Another context has a clock of its own.
  if (since && taken && taken.context !== before?.context) {
    since = { ...since, sound: soundTime() - (performance.now() - since.now) / 1000 };
  }
  meter.node = taken?.separator?.input ?? null;
  if (taken?.separator !== before?.separator) {
    step = 0;
    if (taken?.separator) {
      watchSeparator(taken.separator, note, (now) => {
        step = now;
        follow(player.state);
      });
    }
  }
  routeOuts();
}

function routeOuts(): void {
  outs?.disconnect();
  outs = undefined;
  if (!nodes) return;
  const { context, stems } = nodes;
  const plan = planOuts(Object.keys(stems), context.destination.maxChannelCount);
  find("outs-field").hidden = plan.length === 0;
  const names = plan.map(
    ({ stem, channel }) => `${stemName(texts, stem)} ${channel + 1}/${channel + 2}`,
  );
  find("outs-label").textContent = say("Stems also on {names}", { names: names.join(", ") });
  if (plan.length > 0 && settings.outs) outs = connectOuts(context, stems);
}

// --- what is shown -------------------------------------------------------------------------------

function show(state: PlayerState): void {
  const { trouble, listening, guarded, latency } = facts;
  document.body.toggleAttribute("data-live", isInput(state));
  // Once: whoever opens the settings again has them open.
  if (listening && !hasListened) setFolded((hasListened = true));
  document.body.toggleAttribute("data-listening", listening);
  find("trouble").hidden = !trouble;
  find("trouble-title").textContent = trouble ? `${say(trouble.title)}.` : "";
  find("trouble-cure").textContent = trouble ? cureOf(trouble, state) : "";
  const button = find("try");
  button.hidden = !trouble?.button;
  button.textContent = trouble?.button ? say(trouble.button) : "";
  find("guard").hidden = !(listening && guarded) || isSilent(trouble);
  find("latency").textContent = latency > 0 ? figure.format(1000 * latency) : "–";
  modeField.value = state.settings.latencyMode;
  outs?.setOpen(!guarded);
  wakeLock.want(isInput(state) && state.running);
}

/** In the page's language. */
const cureOf = ({ kind, cures }: Trouble, { error }: PlayerState): string =>
  kind === "failed" && error ? sayError(error) : cures.map((cure) => say(cure)).join(" ");

/** Hides what is set, where the screen is small. */
function setFolded(folded: boolean): void {
  bar.toggleAttribute("data-folded", folded);
  fold.setAttribute("aria-expanded", String(!folded));
}

function fillField(field: HTMLSelectElement, options: readonly [value: string, label: string][]) {
  const same =
    field.options.length === options.length &&
    options.every(([value, label], i) => {
      const { value: now, text } = field.options[i];
      return now === value && text === label;
    });
  if (!same) field.replaceChildren(...options.map(([value, label]) => new Option(label, value)));
}

async function listDevices(): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const known = (kind: MediaDeviceKind) =>
    devices.filter((device) => device.kind === kind && device.deviceId !== "");
  inputs = known("audioinput");
  outputs = "setSinkId" in AudioContext.prototype ? known("audiooutput") : [];
  const options = (list: readonly MediaDeviceInfo[]): [string, string][] =>
    list.length > 0
      ? list.map(({ deviceId, label }, i) => [deviceId, label || say("Device {n}", { n: i + 1 })])
      : [[DEFAULT, texts.defaultDevice]];
  const input = findDevice(settings.input, inputs);
  const gone = input || inputs.length === 0 ? undefined : settings.input;
  const absent: [string, string][] = gone
    ? [[gone.deviceId, say("{name} (not connected)", { name: gone.label })]]
    : [];
  fillField(inputField, [...options(inputs), ...absent]);
  inputField.value = (input ?? gone)?.deviceId ?? player.state.source?.deviceId ?? "";
  if (inputField.selectedIndex < 0) inputField.selectedIndex = 0;
  fillField(outputField, options(outputs));
  outputField.value = player.state.outputDevice || outputField.options[0].value;
  outputField.disabled = outputs.length === 0;
  showChannels(inputs.find(({ deviceId }) => deviceId === inputField.value));
  facts = factsOf(player.state);
}

function showChannels(device: MediaDeviceInfo | undefined): void {
  // Only inputs tell what they can do, and not in every browser.
  const able = device as Partial<InputDeviceInfo> | undefined;
  const most = able?.getCapabilities?.().channelCount?.max ?? 2;
  const choices = channelChoices(Math.min(MOST_CHANNELS, most));
  fillField(
    channelsField,
    choices.map(({ label, channels: [left, right] }) => [
      `${left},${right}`,
      left === right ? say("{n} on both sides", { n: label }) : label,
    ]),
  );
  channelsField.value = settings.channels.join();
  if (channelsField.selectedIndex < 0) channelsField.selectedIndex = 0;
}

// --- listening -----------------------------------------------------------------------------------

/** Names what is listened to at the next start. */
function choose(): void {
  const deviceId = findDevice(settings.input, inputs)?.deviceId ?? settings.input?.deviceId;
  const [left, right] = settings.channels;
  const channels = left === 0 && right === 1 ? undefined : settings.channels;
  void player.dispatch({ do: "choose", source: { kind: "microphone", deviceId, channels } });
}

async function listen(): Promise<void> {
  choose();
  if (headphones) await player.dispatch({ do: "headphones" });
  await player.dispatch({ do: "play" });
}

/** Goes on with another device or other channels, where it was listening. */
async function listenAnew(): Promise<void> {
  const going = facts.listening || facts.trouble !== undefined;
  choose();
  if (going) await listen();
}

async function attempt(what: Attempt["do"]): Promise<void> {
  if (what === "renew") {
    await player.dispatch({ do: "unload" });
    await listen();
  } else await player.dispatch({ do: "retry" });
}

/** A device that is there again, maybe under another id. */
async function onDevices(): Promise<void> {
  const before = inputs.map(({ deviceId }) => deviceId).join();
  await listDevices();
  const device = findDevice(settings.input, inputs);
  if (before !== inputs.map(({ deviceId }) => deviceId).join()) {
    note(`Inputs: ${inputs.map(({ label }) => label).join(", ") || "none"}.`);
  }
  const isGone = facts.trouble?.kind === "missing" || facts.trouble?.kind === "lost";
  // Under its own id the source finds it by itself.
  if (isGone && device && device.deviceId !== settings.input?.deviceId) {
    remember({ input: { deviceId: device.deviceId, label: device.label } });
    await listen();
  }
}

async function onPermission(permission: PermissionStatus): Promise<void> {
  note(`Permission for the microphone: ${permission.state}.`);
  if (permission.state === "granted" && facts.trouble?.kind === "refused") {
    await supervisor.tryNow("resume");
  }
}

// --- controls ------------------------------------------------------------------------------------

inputField.onchange = () => {
  const device = inputs.find(({ deviceId }) => deviceId === inputField.value);
  if (!device) return;
  const { deviceId, label } = device;
  remember({ input: { deviceId, label }, channels: [0, 1] });
  showChannels(device);
  void listenAnew();
};
channelsField.onchange = () => {
  const [left, right] = channelsField.value.split(",").map(Number);
  remember({ channels: [left, right] });
  void listenAnew();
};
outputField.onchange = () => {
  const device = outputs.find(({ deviceId }) => deviceId === outputField.value);
  if (!device) return;
  const { deviceId, label } = device;
  remember({ output: { deviceId, label } });
  void player.dispatch({ do: "output-device", deviceId: deviceId === DEFAULT ? "" : deviceId });
};
modeField.append(...LATENCY_MODES.map((mode) => new Option(texts[mode], mode)));
modeField.onchange = () => (mixer.latencyMode = modeField.value as LatencyMode);
outsField.checked = settings.outs;
outsField.onchange = () => {
  remember({ outs: outsField.checked });
  routeOuts();
  note(outsField.checked ? "Stems go to channels of their own." : "Stems go into the mix alone.");
  show(player.state);
};
autostartField.checked = settings.autostart;
autostartField.onchange = () => remember({ autostart: autostartField.checked });
fold.onclick = () => setFolded(!bar.hasAttribute("data-folded"));
find("try").onclick = () => {
  if (facts.trouble?.kind === "rate") void supervisor.tryNow("renew");
  else void player.dispatch({ do: "retry" });
};
find("line").onclick = () => {
  note(`“${facts.input}” is a line input.`);
  remember({ lines: [...settings.lines, facts.input] });
  trustLines();
};
find("no-line").onclick = () => {
  note(`“${facts.input}” is no line input.`);
  remember({ lines: settings.lines.filter((name) => name !== facts.input) });
  trustLines();
};
find("headphones").onclick = () => {
  note("Headphones are worn.");
  headphones = true;
  void player.dispatch({ do: "headphones" });
};
clip.onclick = () => {
  delete clip.dataset.lit;
  clip.textContent = say("No clip");
};
find("save-log").onclick = () => {
  const { separator, context } = nodes ?? {};
  sumUp();
  const labels = (devices: readonly MediaDeviceInfo[]) => devices.map(({ label }) => label);
  log.save(
    heading({
      version: document.querySelector<HTMLMetaElement>("meta[name=version]")?.content ?? "?",
      browser: navigator.userAgent,
      cores: navigator.hardwareConcurrency,
      isolated: crossOriginIsolated,
      inputs: labels(inputs),
      outputs: labels(outputs),
      model: separator?.manifest.name ?? String(player.state.settings.model ?? "live"),
      running: separator &&
        context && { backend: separator.backend, sampleRate: context.sampleRate },
      ...{ facts, settings, headphones },
    }),
  );
};
find("demo-song").onclick = () => {
  mixer.songTitle = "Four-part light";
  void mixer.load("song/song.mp3");
};
// Closing the song leads back to the input.
mixer.addEventListener("stem-state-change", ({ detail }) => {
  if (detail.state === "waiting") mixer.songTitle = inputTitle;
});

setInterval(() => {
  if (!facts.listening || meter.peak < CLIP || "lit" in clip.dataset) return;
  clip.dataset.lit = "";
  clip.textContent = say("Clipped");
  note("The input clipped.");
}, LOOK_INTERVAL);
setInterval(() => facts.listening && sumUp(), SUMMARY_INTERVAL);

takeDrops(mixer);
makeInstallable(mixer);

// --- the start -----------------------------------------------------------------------------------

mixer.latencyMode = settings.mode;
await mixer.updateComplete;
if (settings.mix) mixer.setMix(settings.mix);
mixer.master = settings.master;
restored = true;
if ("mediaDevices" in navigator) {
  await listDevices();
  onInputsChange(() => void onDevices());
  const output = findDevice(settings.output, outputs);
  if (output && output.deviceId !== DEFAULT) {
    await player.dispatch({ do: "output-device", deviceId: output.deviceId });
  }
  const permission = await navigator.permissions
    ?.query({ name: "microphone" as PermissionName })
    .catch(() => undefined);
  permission?.addEventListener("change", () => void onPermission(permission));
  // Who was faster than this listens already.
  if (player.state.status === "waiting") choose();
  const query = new URLSearchParams(location.search);
  if ((settings.autostart || query.has("autostart")) && permission?.state === "granted") {
    note("Started by itself.");
    await listen();
  }
}
show(player.state);
if (new URLSearchParams(location.search).has("debug")) {
  const { showDebug } = await import("./debug.ts");
  showDebug(mixer);
}
