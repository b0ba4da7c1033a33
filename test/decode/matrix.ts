// Files of every container, codec and channel layout that ffmpeg writes and that are read here, some
// with sound that begins late; and what ffmpeg decodes from them, mixed down. Runs in Node.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { findFfmpeg } from "../support/programs.ts";

export interface Case {
  readonly file: string;
  readonly layout: string;
  readonly rate: number;
  /** Arguments of ffmpeg behind its inputs. */
  readonly args: readonly string[];
  /** Seconds by which the sound begins after a picture that is put in, too. */
  readonly late: number;
  /** Samples of a packet, thirty of which are missing in the middle by the times of the others. */
  readonly packet?: number;
}

export const SECONDS = 0.6;

/** Speakers of ffmpeg's layouts, in ffmpeg's order. */
const LAYOUTS: Readonly<Record<string, string>> = {
  mono: "FC",
  stereo: "FL FR",
  "2.1": "FL FR LFE",
  "3.0": "FL FR FC",
  "3.1": "FL FR FC LFE",
  "4.0": "FL FR FC BC",
  quad: "FL FR BL BR",
  "5.0": "FL FR FC BL BR",
  "5.0(side)": "FL FR FC SL SR",
  "5.1": "FL FR FC LFE BL BR",
  "5.1(side)": "FL FR FC LFE SL SR",
  "6.1": "FL FR FC LFE BC SL SR",
  "6.1(back)": "FL FR FC LFE BL BR BC",
  "7.1": "FL FR FC LFE BL BR SL SR",
  "7.1(wide)": "FL FR FC LFE BL BR FLC FRC",
};

const LEFT: Readonly<Record<string, number>> = {
  FL: 1,
  FLC: 1,
  FC: 0.7071,
  BL: 0.7071,
  SL: 0.7071,
  BC: 0.5,
};
const RIGHT: Readonly<Record<string, number>> = {
  FR: 1,
  FRC: 1,
  FC: 0.7071,
  BR: 0.7071,
  SR: 0.7071,
  BC: 0.5,
};

interface Kind {
  readonly codec: string;
  readonly containers: readonly string[];
  readonly layouts: readonly string[];
  readonly rate?: number;
  readonly args?: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    codec: "pcm_s16le",
    containers: ["wav"],
    layouts: ["mono", "stereo", "2.1", "3.0", "3.1", "4.0", "quad", "5.0", "5.1", "6.1", "7.1"],
  },
  { codec: "pcm_s24le", containers: ["wav", "mkv", "mov"], layouts: ["stereo", "5.1"] },
  { codec: "pcm_f32le", containers: ["wav", "mkv"], layouts: ["mono", "5.1(side)"] },
  { codec: "pcm_alaw", containers: ["wav"], layouts: ["stereo"] },
  { codec: "pcm_s16be", containers: ["mov"], layouts: ["stereo", "4.0", "5.1"] },
  {
    codec: "aac",
    containers: ["m4a"],
    layouts: ["mono", "stereo", "2.1", "3.0", "3.1", "4.0", "quad", "5.0", "5.1", "7.1"],
    args: ["-b:a", "256k"],
  },
  {
    codec: "aac",
    containers: ["aac", "mkv", "mov", "mka", "3gp"],
    layouts: ["mono", "stereo", "5.1"],
    args: ["-b:a", "256k"],
  },
  { codec: "aac", containers: ["aac"], layouts: ["3.0", "7.1"], args: ["-b:a", "256k"] },
  { codec: "alac", containers: ["m4a", "mov", "mkv"], layouts: ["mono", "stereo", "4.0", "5.1"] },
  {
    codec: "flac",
    containers: ["flac", "oga", "mp4", "mkv"],
    layouts: ["mono", "stereo", "4.0", "5.1", "7.1"],
  },
  { codec: "libmp3lame", containers: ["mp3", "mp4", "mov", "mkv"], layouts: ["mono", "stereo"] },
  { codec: "mp2", containers: ["mp2"], layouts: ["stereo"] },
  {
    codec: "libopus",
    containers: ["opus", "webm", "mkv", "mp4"],
    layouts: ["mono", "stereo", "quad", "5.1", "7.1"],
    rate: 48_000,
    args: ["-b:a", "256k"],
  },
  {
    codec: "libvorbis",
    containers: ["webm", "mkv"],
    layouts: ["mono", "stereo", "3.0", "quad", "5.1", "7.1"],
  },
  {
    codec: "libvorbis",
    containers: ["ogg"],
    layouts: ["mono", "stereo", "3.0", "quad", "5.1", "7.1"],
    // Of a single page this ffmpeg does not look where it ends.
    args: ["-page_duration", "100000"],
  },
  { codec: "libvorbis", containers: ["mp4"], layouts: ["stereo"] },
];

/** With a picture from 0 on. */
const LATE: readonly Kind[] = [
  { codec: "aac", containers: ["mp4", "mov", "mkv"], layouts: ["stereo"] },
  { codec: "libopus", containers: ["webm", "mkv", "mp4"], layouts: ["stereo"], rate: 48_000 },
  { codec: "libvorbis", containers: ["webm"], layouts: ["stereo"] },
  { codec: "flac", containers: ["mkv", "mp4"], layouts: ["stereo"] },
  { codec: "libmp3lame", containers: ["mkv", "mp4"], layouts: ["stereo"] },
];

const FRAGMENTED = ["-movflags", "frag_keyframe+empty_moov+default_base_moof"];

const PICTURE: Readonly<Record<string, string>> = { webm: "libvpx" };

function casesOf({ codec, containers, layouts, rate = 44_100, args = [] }: Kind, late = 0): Case[] {
  return containers.flatMap((ending) =>
    layouts.map((layout) => ({
      file: `${codec}-${layout.replace(/\W/g, "_")}${late > 0 ? `-late${late}` : ""}.${ending}`,
      layout,
      rate,
      args: [
        "-c:a",
        codec,
        "-strict",
        "-2",
        ...(late > 0 ? ["-c:v", PICTURE[ending] ?? "mpeg4"] : []),
        ...args,
      ],
      late,
    })),
  );
}

const DELAYS = [0.25, 0.4];

const IN_FRAGMENTS = ["aac", "flac", "libopus"].map((codec): Case => {
  const rate = codec === "libopus" ? 48_000 : 44_100;
  const args = ["-c:a", codec, "-strict", "-2", ...FRAGMENTED];
  return { file: `${codec}-fragmented.mp4`, layout: "stereo", rate, args, late: 0 };
});

export const CASES: readonly Case[] = [
  ...KINDS.flatMap((kind) => casesOf(kind)),
  ...LATE.flatMap((kind) => DELAYS.flatMap((late) => casesOf(kind, late))),
  ...IN_FRAGMENTS,
];

/** The files of a kind that have each of its containers and each of its layouts, in as few as can be. */
function covering(kind: Kind): Case[] {
  const { containers, layouts } = kind;
  const count = Math.max(containers.length, layouts.length);
  return Array.from({ length: count }, (_, i) => {
    const container = containers[i % containers.length];
    const layout = layouts[i % layouts.length];
    return casesOf({ ...kind, containers: [container], layouts: [layout] });
  }).flat();
}

/** Of all files those with each codec in each container, with each layout, and late in each container. */
export const COVERING: readonly Case[] = [
  ...KINDS.flatMap(covering),
  ...LATE.flatMap(({ containers, ...kind }) =>
    containers.flatMap((container, i) =>
      casesOf({ ...kind, containers: [container] }, DELAYS[i % DELAYS.length]),
    ),
  ),
  ...IN_FRAGMENTS,
];

/** With a gap. */
export const GAPPED: readonly Case[] = (
  [
    ["aac", "mp4", 1024],
    ["aac", "mkv", 1024],
    ["libopus", "webm", 960],
    ["libopus", "mp4", 960],
    ["flac", "mkv", 4608],
    ["libmp3lame", "mkv", 1152],
  ] as const
).map(([codec, ending, packet]) => ({
  file: `${codec}-gap.${ending}`,
  layout: "stereo",
  rate: codec === "libopus" ? 48_000 : 44_100,
  args: ["-c:a", codec, "-strict", "-2"],
  late: 0,
  packet,
}));

/** Formats that are not read here. */
export const FOREIGN: readonly Case[] = [
  ["pcm_s16be", "aiff"],
  ["pcm_s16be", "caf"],
  ["pcm_s16be", "au"],
  ["wavpack", "wv"],
  ["tta", "tta"],
  ["aac", "ts"],
  ["aac", "latm"],
  ["adpcm_ms", "wav"],
  ["ac3", "ac3"],
  ["ac3", "mp4"],
  ["wmav2", "wma"],
].map(([codec, ending]) => ({
  file: `${codec}.${ending}`,
  layout: "stereo",
  rate: 44_100,
  args: ["-c:a", codec],
  late: 0,
}));

/** A chirp of its own in each channel, with high tones, so that a shift by one sample shows. */
function source(layout: string, rate: number): string {
  const chirp = (_: string, c: number) =>
    `0.25*sin(2*PI*(${300 + 170 * c}+${3000 + 400 * c}*t)*t)*(0.6+0.4*sin(${20 + 7 * c}*t))`;
  const channels = LAYOUTS[layout].split(" ").map(chirp);
  return `aevalsrc=${channels.join("|")}:c=${layout}:s=${rate}:d=${SECONDS}`;
}

export function make({ layout, rate, args, late, packet }: Case, file: string): void {
  const sound = ["-f", "lavfi", "-i", source(layout, rate)];
  const delay = ["-itsoffset", String(late)];
  const picture = ["-f", "lavfi", "-i", `testsrc=s=64x64:r=25:d=${SECONDS + late}`];
  const inputs = late > 0 ? [...picture, ...delay, ...sound] : sound;
  if (packet === undefined) {
    execFileSync(findFfmpeg(), ["-v", "error", "-y", ...inputs, ...args, file]);
    return;
  }
  const whole = path.join(path.dirname(file), `whole-${path.basename(file)}`);
  execFileSync(findFfmpeg(), ["-v", "error", "-y", ...inputs, ...args, whole]);
  const [first, missing] = [Math.floor((SECONDS / 2) * (rate / packet)), 30 * packet];
  const times = `setts=ts=TS+gte(N\\,${first})*${missing}/${rate}/TB`;
  const copy = ["-i", whole, "-c", "copy", "-bsf:a", times, file];
  execFileSync(findFfmpeg(), ["-v", "error", "-y", ...copy]);
}

interface Probe {
  channel_layout?: string;
  channels: number;
  sample_rate: string;
  start_time?: string;
  duration?: string;
}

/** It comes with ffmpeg. */
const ffprobe = () => findFfmpeg().replace(/ffmpeg$/, "ffprobe");

/**
 * Seconds of Opus' priming that this ffmpeg leaves out at the start without moving what follows: 6.5 ms,
 * of which Matroska's times have taken off 7 ms before.
 */
function primed(file: string): number {
  if (!file.includes("opus")) return 0;
  return /\.(webm|mkv)$/.test(file) ? 0.007 : 0.0065;
}

/** What ffmpeg decodes, each channel mixed to where its speaker stands, behind the silence before it. */
export function reference(
  { layout, late }: Case,
  file: string,
): { rate: number; planes: Float32Array[] } {
  const fields = "stream=channel_layout,channels,sample_rate,start_time,duration";
  const probed = execFileSync(ffprobe(), [
    ...["-v", "error", "-select_streams", "a:0", "-show_entries", fields, "-of", "json", file],
  ]);
  const [probe] = (JSON.parse(String(probed)) as { streams: Probe[] }).streams;
  const rate = Number(probe.sample_rate);
  // ffmpeg's own decoder of Opus is not exact.
  const decoder = file.includes("opus") ? ["-c:a", "libopus"] : [];
  const raw = execFileSync(
    findFfmpeg(),
    [
      "-v",
      "error",
      ...decoder,
      "-i",
      file,
      "-map",
      "0:a:0",
      "-f",
      "f32le",
      "-c:a",
      "pcm_f32le",
      "-",
    ],
    { maxBuffer: 1 << 28 },
  );
  const samples = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  // Where the file does not say it, in PCM of Matroska and some AAC, it is what was put in.
  const speakers = (LAYOUTS[probe.channel_layout ?? ""] ?? LAYOUTS[layout]).split(" ");
  const silence = late > 0 ? Math.round((Number(probe.start_time) + primed(file)) * rate) : 0;
  const length = samples.length / speakers.length;
  // MP4 says how long its track is heard, by which players and editors go; this ffmpeg does not.
  const whole = /\.(mp4|m4a|mov|3gp)$/.test(file) ? Number(probe.duration) : Infinity;
  const stated = /opus.*(late|fragmented).*mp4/.test(file) ? whole - primed(file) : whole;
  const heard = Math.min(length, Math.round(stated * rate));
  const gains = (side: Readonly<Record<string, number>>) =>
    speakers.length === 1 ? [1] : speakers.map((speaker) => side[speaker] ?? 0);
  const planes = [gains(LEFT), gains(RIGHT)].map((side) => {
    const plane = new Float32Array(silence + heard);
    for (let n = 0; n < heard; n++) {
      side.forEach((gain, c) => (plane[silence + n] += gain * samples[n * side.length + c]));
    }
    return plane;
  });
  return { rate, planes };
}
