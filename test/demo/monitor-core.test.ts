// What the monitor page decides by: troubles and their cures, the log's lines, what is remembered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, type Setup } from "../../components/demo/monitor/heading.ts";
import { changes, MonitorLog, summary, type Facts } from "../../components/demo/monitor/log.ts";
import { planOuts } from "../../components/demo/monitor/outs.ts";
import {
  channelChoices,
  findDevice,
  NO_SETTINGS,
  parseSettings,
} from "../../components/demo/monitor/settings.ts";
import {
  nextAttempt,
  troubleOf,
  type Situation,
  type TroubleKind,
} from "../../components/demo/monitor/troubles.ts";
import { createMix } from "../../src/player/index.ts";
import { DannaError, type SeparatorStats } from "../../src/index.ts";

const WELL: Situation = {
  status: "ready",
  interruption: undefined,
  error: undefined,
  step: 0,
  mode: "balanced",
};

const gone = (name: string): Situation => ({
  ...WELL,
  status: "lost",
  interruption: {
    reason: "unplugged",
    error: new DannaError("device", "gone", name ? { cause: new DOMException("", name) } : {}),
  },
});

const CASES: [TroubleKind, Situation][] = [
  ["refused", { ...WELL, status: "lost", interruption: { reason: "refused" } }],
  ["missing", gone("NotFoundError")],
  ["missing", gone("OverconstrainedError")],
  ["busy", gone("NotReadableError")],
  ["rate", gone("NotSupportedError")],
  ["lost", gone("")],
  ["muted", { ...WELL, status: "lost", interruption: { reason: "muted" } }],
  ["suspended", { ...WELL, interruption: { reason: "suspended" } }],
  ["load", { ...WELL, step: 1 }],
  ["failed", { ...WELL, status: "error", error: new Error("no model") }],
];

test("monitor: a busy machine is offered the safest mode until it has it", () => {
  const busy = { ...WELL, step: 1 };
  assert.match(troubleOf(busy)!.cures.join(" "), /“Safest”/);
  assert.doesNotMatch(troubleOf({ ...busy, mode: "safe" })!.cures.join(" "), /Safest/);
});

test("monitor: each trouble has a title and a cure of its own", () => {
  const titles = new Map<string, string>();
  for (const [kind, situation] of CASES) {
    const trouble = troubleOf(situation)!;
    assert.equal(trouble.kind, kind);
    assert.ok(trouble.cures[0].length > 5, `${kind} has no cure`);
    titles.set(trouble.title, kind);
  }
  assert.equal(titles.size, new Set(CASES.map(([kind]) => kind)).size);
  assert.equal(troubleOf(WELL), undefined);
  assert.equal(troubleOf({ ...WELL, status: "waiting", step: 2 }), undefined);
  assert.deepEqual(troubleOf(CASES.at(-1)![1])!.cures, ["no model"]);
});

test("monitor: what only an event can end is not tried again, everything else is, and a rate not for ever", () => {
  for (const kind of ["refused", "missing", "muted", "load", "failed"] as const) {
    assert.equal(nextAttempt(kind, 0), undefined);
  }
  for (const kind of ["lost", "busy", "suspended"] as const) {
    assert.equal(nextAttempt(kind, 50)!.do, "resume");
  }
  assert.ok(nextAttempt("suspended", 0)!.wait < 1000 && nextAttempt("lost", 0)!.wait < 1000);
  assert.equal(nextAttempt("rate", 2)!.do, "renew");
  assert.equal(nextAttempt("rate", 3), undefined);
});

const FACTS: Facts = {
  listening: false,
  input: "",
  channels: "channels 1 + 2",
  rate: undefined,
  output: "System default",
  mode: "monitor",
  latency: 0,
  guarded: false,
  trouble: undefined,
};
const LISTENING: Facts = { ...FACTS, listening: true, input: "Desk", rate: 48000, latency: 0.0349 };

test("monitor: the log says what changed, a trouble and its end included", () => {
  assert.deepEqual(changes(FACTS, LISTENING), [
    "Listening to Desk, channels 1 + 2, 48000 Hz.",
    "Latency: 34.9 ms.",
  ]);
  assert.deepEqual(changes(LISTENING, LISTENING), []);
  const lost = { ...LISTENING, listening: false, trouble: troubleOf(gone("")) };
  assert.deepEqual(changes(LISTENING, lost), ["The input is gone."]);
  assert.deepEqual(changes(lost, LISTENING), [
    "Listening to Desk, channels 1 + 2, 48000 Hz.",
    "Sound is back.",
  ]);
  assert.deepEqual(
    changes(LISTENING, { ...LISTENING, rate: 44100, latency: 0.232, mode: "safe" }),
    [
      "The input’s rate changed from 48000 to 44100 Hz.",
      "Latency mode: safe.",
      "Latency: 34.9 ms → 232.0 ms.",
    ],
  );
  assert.deepEqual(
    changes(FACTS, { ...LISTENING, guarded: true }).at(-1),
    ["Silent until headphones or a line input are confirmed."][0],
  );
  assert.deepEqual(changes(LISTENING, { ...FACTS, latency: 0.0349 }), ["Stopped."]);
  const busy = { ...LISTENING, trouble: troubleOf({ ...WELL, step: 1 }) };
  assert.deepEqual(changes(lost, busy).slice(-1), ["Sound is back."]);
  assert.deepEqual(changes(busy, LISTENING), ["The machine has room again."]);
});

test("monitor: the log keeps its last 3000 lines, and its file says how many it has not", () => {
  const log = new MonitorLog();
  for (let i = 1; i <= 3005; i++) log.add(i, `line ${i}`);
  const text = log.asText(5000, ["Desk"]);
  assert.equal(log.lines.length, 3000);
  assert.match(text, /^Danna-Sep Live, monitor: .*\nDesk\n\n\(5 earlier lines are not kept\)\n/);
  assert.match(text, /\d\d:\d\d:\d\d\.006 {2}line 6\n/);
  assert.doesNotMatch(text, /line 5\n/);
});

test("monitor: a log's head says what it runs on and how it is set, also before listening", () => {
  const setup: Setup = {
    ...{ version: "1.2.3", browser: "Browser/9", cores: 8, isolated: true },
    ...{ inputs: ["Desk", ""], outputs: [], model: "live", running: undefined },
    ...{ facts: FACTS, settings: { ...NO_SETTINGS, lines: ["Desk"] }, headphones: false },
  };
  const said = heading(setup).join("\n");
  for (const part of [
    "Version: 1.2.3",
    "Browser: Browser/9",
    "8 cores, isolated",
    "Model: live, not loaded yet",
    "Inputs: Desk, without a name",
    "Outputs: none",
    "Input: the system’s, ",
    "Latency mode: monitor",
    "Gains in dB: master 0",
    "Line inputs: Desk",
    "Headphones: no",
  ]) {
    assert.ok(said.includes(part), `${part} in ${said}`);
  }
  const settings = {
    ...NO_SETTINGS,
    input: { deviceId: "a", label: "Desk" },
    mix: createMix({ drums: { gain: -6, muted: true } }),
  };
  const running = { backend: "wasm", sampleRate: 48000 };
  const listening = heading({ ...setup, running, settings }).join("\n");
  assert.match(listening, /Model: live, wasm, 48000 Hz/);
  assert.match(listening, /Input: Desk, /);
  assert.match(listening, /vocals 0, drums -6 muted, bass 0/);
});

test("monitor: a summary counts what the separator and the clock have lost", () => {
  const stats = { hops: 5168, lateHops: 3, underruns: 1, restarts: 0, load: 0.194 };
  const text = summary(61, { ...stats, overruns: 1, discontinuities: 2 } as SeparatorStats);
  assert.equal(
    text,
    "1:01 heard: 5168 hops, 3 late, 1 unseparated, 3 lost, 0 restarts, load 19 %.",
  );
});

test("monitor: a summary tells how much sound a browser left out, and not that two clocks differ", () => {
  const stats = { hops: 5168, lateHops: 0, underruns: 0, restarts: 0, load: 0.1 };
  const of = (seconds: number, played: number) =>
    summary(seconds, { ...stats, overruns: 0, discontinuities: 0 } as SeparatorStats, played);
  assert.match(of(1860, 1858.8), / load 10 %\. The browser left out 1\.2 s of sound\.$/);
  for (const [seconds, played] of [
    [2, 1.9],
    [3600, 3599.6],
    [60, 60.1],
    [60, NaN],
  ]) {
    assert.match(of(seconds, played), / load 10 %\.$/);
  }
});

test("monitor: a device is found by its id, else by its name, and never by an empty one", () => {
  const devices = [
    { deviceId: "a", label: "Desk" },
    { deviceId: "b", label: "Microphone" },
    { deviceId: "c", label: "" },
  ];
  const find = (deviceId: string, label: string) => findDevice({ deviceId, label }, devices);
  assert.equal(find("b", "Desk")!.deviceId, "b");
  assert.equal(find("old", "Desk")!.deviceId, "a");
  assert.equal(find("old", ""), undefined);
  assert.equal(find("", "Interface"), undefined);
  assert.equal(findDevice(undefined, devices), undefined);
});

test("monitor: settings come back as they were, and spoiled ones as at first", () => {
  const settings = {
    ...NO_SETTINGS,
    input: { deviceId: "a", label: "Desk" },
    channels: [2, 3] as const,
    mode: "safe" as const,
    master: -6,
    lines: ["Desk"],
    autostart: true,
  };
  assert.deepEqual(parseSettings(JSON.stringify(settings)), settings);
  for (const text of [
    null,
    "",
    "null",
    "[]",
    "{",
    '{"channels":[-1,"x"],"mode":1,"input":{"label":1}}',
  ]) {
    assert.deepEqual(parseSettings(text), NO_SETTINGS, String(text));
  }
});

test("monitor: an input of four channels has two pairs and four singles", () => {
  assert.deepEqual(
    channelChoices(4).map(({ channels }) => channels.join()),
    ["0,1", "2,3", "0,0", "1,1", "2,2", "3,3"],
  );
  assert.deepEqual(
    channelChoices(1).map(({ channels }) => channels.join()),
    ["0,0"],
  );
});

test("monitor: stems go to the pairs behind the mix, as far as the device has them", () => {
  const stems = ["vocals", "drums", "bass", "other"];
  const on = (channels: number) =>
    planOuts(stems, channels).map(({ stem, channel }) => `${stem} ${channel}`);
  assert.deepEqual(on(2), []);
  assert.deepEqual(on(5), ["vocals 2"]);
  assert.deepEqual(on(10), ["vocals 2", "drums 4", "bass 6", "other 8"]);
});
