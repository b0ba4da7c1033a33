// The demo page: a source of sound, a separator, four sliders. Uses the public face only. Page.
import {
  createStemSeparator,
  DannaError,
  displaySource,
  fileSource,
  listInputs,
  microphoneSource,
  onInputsChange,
  LATENCY_MODES,
  DEFAULT_STEMS,
  type AudioSource,
  type FileSource,
  type InterruptionReason,
  type LatencyMode,
  type StemSeparator,
} from "../../src/index.ts";

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const status = find("status");
const player = find("player");
const playButton = find<HTMLButtonElement>("play");
const resumeButton = find<HTMLButtonElement>("resume");
const seek = find<HTMLInputElement>("seek");
const bypass = find<HTMLInputElement>("bypass");
const latencyMode = find<HTMLSelectElement>("latency-mode");
const device = find<HTMLSelectElement>("device");
const progress = find<HTMLProgressElement>("progress");

const DEMO_SONG = "song/song.mp3";
const BUILT_FILES = "../";

const INTERRUPTED: Record<InterruptionReason, string> = {
  suspended: "The browser has paused this page's sound.",
  refused: "Permission was refused.",
  unplugged: "The input is gone.",
  muted: "The input is muted by the system.",
  stalled: "Waiting for data.",
  failed: "This cannot be played.",
};

let context: AudioContext | undefined;
let separator: Promise<StemSeparator> | undefined;
let source: AudioSource | undefined;
let file: FileSource | undefined;
/** Counts what was picked to listen to; an older pick that opens late is dropped. */
let picks = 0;
/** Name of what `source` is. */
let listeningTo = "";

const say = (message: string) => (status.textContent = message);
const messageOf = (error: unknown) =>
  error instanceof DannaError ? error.message : `Something went wrong: ${String(error)}`;

function sound(): AudioContext {
  context ??= new AudioContext({ latencyHint: "interactive" });
  context.resume().catch(() => undefined);
  return context;
}

// --- separator ---------------------------------------------------------------------------------

async function makeSeparator(): Promise<StemSeparator> {
  progress.hidden = false;
  try {
    const made = await createStemSeparator(sound(), {
      baseUrl: BUILT_FILES,
      latencyMode: latencyMode.value as LatencyMode,
      onProgress: ({ loaded, total }) => (progress.value = loaded / total),
    });
    made.connect(made.context.destination as AudioNode);
    made.bypass = bypass.checked;
    for (const stem of DEFAULT_STEMS)
      made.gains[stem].value = find<HTMLInputElement>(stem).valueAsNumber / 100;
    made.on("dry", () => say("This device is too busy: the original is heard for a moment."));
    made.on("recovered", showState);
    made.on("error", (error) => say(messageOf(error)));
    made.on("stats", () => showFigures(made));
    showFigures(made);
    return made;
  } finally {
    progress.hidden = true;
  }
}

/** The separator there is, or a new one; a failed one is not kept. */
function currentSeparator(): Promise<StemSeparator> {
  if (!separator) {
    const making = makeSeparator();
    separator = making;
    making.catch(() => {
      if (separator === making) separator = undefined;
    });
  }
  return separator;
}

function showFigures({ latency, stats, backend, transport, manifest }: StemSeparator): void {
  const show = (id: string, text: string) => (find(id).textContent = text);
  show("latency", `${(1000 * latency).toFixed(1)} ms`);
  show("load", `${(100 * stats.load).toFixed(1)} %`);
  show("p50", `${stats.hopTimeP50.toFixed(2)} ms`);
  show("p99", `${stats.hopTimeP99.toFixed(2)} ms`);
  show("late", String(stats.lateHops));
  show("dry", String(stats.underruns));
  show("model", manifest.name);
  show("backend", backend);
  show("transport", transport === "shared" ? "shared memory" : "message ports");
}

// --- sources -----------------------------------------------------------------------------------

/** Opens what was picked, puts it in the place of what plays, and says how that went. */
async function listen<T extends AudioSource>(
  name: string,
  open: (context: AudioContext) => Promise<T>,
  start: (source: T) => void = () => undefined,
): Promise<void> {
  const pick = ++picks;
  say(`Opening ${name} …`);
  let opened: T | undefined;
  try {
    // Both at once: a share is only granted soon after the click.
    const [next, made] = await Promise.allSettled([open(sound()), currentSeparator()]);
    if (next.status === "rejected") throw next.reason;
    opened = next.value;
    if (made.status === "rejected") throw made.reason;
    if (pick !== picks) return opened.dispose();
    source?.dispose();
    source = opened;
    listeningTo = name;
    file = "play" in opened ? (opened as AudioSource as FileSource) : undefined;
    player.hidden = file === undefined;
    opened.node.connect(made.value.input);
    watch(opened);
    start(opened);
    showState();
  } catch (error) {
    opened?.dispose();
    if (pick === picks) say(messageOf(error));
  }
}

function watch(watched: AudioSource): void {
  watched.on("interrupted", showState);
  watched.on("resumed", showState);
  watched.on("ended", showState);
}

/** What is heard, or why nothing is, in words and buttons. */
function showState(): void {
  if (!source) return;
  const [interruption] = source.interruptions;
  if (source.state === "live") say(`Separating ${listeningTo}.`);
  else if (source.state === "ended")
    say(source === file ? "The song is over." : "The share has ended.");
  else say(interruption.error?.message ?? INTERRUPTED[interruption.reason]);
  resumeButton.hidden = source.state === "live" || (source === file && source.state === "ended");
  playButton.textContent = file?.paused === false ? "Pause" : "Play";
}

const openSong = (name: string, read: () => Promise<Blob>) =>
  listen(
    name,
    async (context) => fileSource(context, await read()),
    (song) => {
      seek.max = String(song.duration);
      song.play();
    },
  );

async function fetchDemoSong(): Promise<Blob> {
  const response = await fetch(DEMO_SONG);
  if (!response.ok)
    throw new DannaError("fetch", `The demo song cannot be loaded (${response.status}).`);
  return response.blob();
}

const openMicrophone = () =>
  listen("the microphone (use headphones)", async (context) => {
    const input = await microphoneSource(context, device.value ? { deviceId: device.value } : {});
    await showInputs();
    return input;
  });

/** Names of inputs are known once a microphone was allowed. */
async function showInputs(): Promise<void> {
  const inputs = await listInputs();
  const chosen = device.value;
  device.replaceChildren(...inputs.map(({ label, deviceId }) => new Option(label, deviceId)));
  if (inputs.some(({ deviceId }) => deviceId === chosen)) device.value = chosen;
  find("device-field").hidden = !inputs.some(({ label }) => label !== "");
}

// --- controls ----------------------------------------------------------------------------------

for (const stem of DEFAULT_STEMS) {
  const name = stem[0].toUpperCase() + stem.slice(1);
  const row = document.createElement("div");
  row.className = "stem";
  const label = document.createElement("label");
  label.htmlFor = stem;
  label.textContent = name;
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", id: stem, min: "0", max: "150", value: "100" });
  const shown = document.createElement("output");
  shown.htmlFor.add(stem);
  shown.textContent = "100 %";
  row.append(label, slider, shown);
  find("stems").append(row);
  slider.oninput = () => {
    shown.textContent = `${slider.value} %`;
    slider.ariaValueText = `${slider.value} percent`;
    void separator?.then(
      ({ gains, context }) =>
        gains[stem].setTargetAtTime(slider.valueAsNumber / 100, context.currentTime, 0.005),
      () => undefined,
    );
  };
}
latencyMode.append(
  ...LATENCY_MODES.map((name) => new Option(name, name, name === "balanced", name === "balanced")),
);

find("demo-song").onclick = () => void openSong("the demo song", fetchDemoSong);
find("microphone").onclick = () => void openMicrophone();
find("display").onclick = () => void listen("the share", displaySource);
find<HTMLInputElement>("file").onchange = ({ target }) => {
  const [chosen] = (target as HTMLInputElement).files ?? [];
  if (chosen) void openSong(`"${chosen.name}"`, () => Promise.resolve(chosen));
};
device.onchange = () => void openMicrophone();
resumeButton.onclick = () => void source?.resume();
bypass.onchange = () =>
  void separator?.then(
    (made) => (made.bypass = bypass.checked),
    () => undefined,
  );
playButton.onclick = () => {
  if (file?.paused) file.play();
  else file?.pause();
  showState();
};
seek.oninput = () => file?.seek(seek.valueAsNumber);
latencyMode.onchange = async () => {
  const before = separator;
  if (!before) return;
  separator = undefined;
  try {
    const old = await before;
    source?.node.disconnect();
    await old.dispose();
    const made = await currentSeparator();
    source?.node.connect(made.input);
  } catch (error) {
    say(messageOf(error));
  }
};

document.ondragover = (event) => {
  event.preventDefault();
  document.documentElement.classList.add("dropping");
};
document.ondragleave = () => document.documentElement.classList.remove("dropping");
document.ondrop = (event) => {
  event.preventDefault();
  document.documentElement.classList.remove("dropping");
  const dropped = event.dataTransfer?.files[0];
  if (dropped) void openSong(`"${dropped.name}"`, () => Promise.resolve(dropped));
  else say("That is no file; drop a song from your disk.");
};

if ("mediaDevices" in navigator) {
  onInputsChange(() => void showInputs());
  void showInputs();
}
setInterval(() => {
  if (!file) return;
  if (document.activeElement !== seek) seek.value = String(file.position);
  const seconds = Math.floor(file.position);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  find("time").textContent = clock;
  seek.ariaValueText = clock;
}, 200);
