// A small band that plays from scores: songs whose tempo, beats, key and tuning are known. Pure functions.
import { noise } from "./signals.ts";

export const RATE = 44_100;

/** What is played, over and over, bar by bar. */
export interface Score {
  readonly name: string;
  /** Beats in a minute, and in a bar. */
  readonly bpm: number;
  readonly meter: number;
  /** Steps of the patterns in a beat: 4, or 3 for triplets. */
  readonly steps: number;
  /** Share of a beat by which every second half of it comes late: 1/6 is a triplet's swing. */
  readonly swing?: number;
  /** Seconds before the first beat, in which the melody may have a pickup of so many beats. */
  readonly start?: number;
  readonly pickup?: number;
  /** The tempo's drift: share by which the last beat is faster than the first. */
  readonly drift?: number;
  /** Most seconds by which a note is early or late. */
  readonly loose?: number;
  /** Semitones above C. */
  readonly tonic: number;
  readonly mode: "major" | "minor";
  /** Frequency of a' in Hz. */
  readonly tuning?: number;
  /** Chords, one a bar: semitones of their roots above the tonic, and what they are. */
  readonly chords: string;
  /** Patterns of a bar: "x" is a stroke, "." a rest. */
  readonly kick?: string;
  readonly snare?: string;
  readonly hat?: string;
  readonly bass?: string;
  readonly comping?: string;
  /** Steps at which the melody sings, in turn through the scale. */
  readonly melody?: string;
  /** Seconds that chords take to come up: 0.005 is a piano, 0.2 strings. */
  readonly attack?: number;
  readonly seconds?: number;
}

/** Each part by itself, in mono. */
export interface Recording {
  readonly drums: Float32Array;
  readonly bass: Float32Array;
  readonly other: Float32Array;
  readonly vocals: Float32Array;
  /** Seconds. */
  readonly beats: readonly number[];
}

const CHORDS: Readonly<Record<string, readonly number[]>> = {
  "": [0, 4, 7],
  m: [0, 3, 7],
  "7": [0, 4, 7, 10],
  m7: [0, 3, 7, 10],
  M7: [0, 4, 7, 11],
};
const SCALES = { major: [0, 2, 4, 7, 9, 12, 9, 7], minor: [0, 2, 3, 7, 8, 12, 7, 3] } as const;
const NOISE = noise(RATE, 7);

export const mixtureOf = ({ drums, bass, other, vocals }: Recording): Float32Array =>
  drums.map((sample, i) => sample + bass[i] + other[i] + vocals[i]);

export function record(score: Score): Recording {
  const { bpm, meter, steps, seconds = 40, start = 0.3, drift = 0, loose = 0, swing = 0 } = score;
  const length = Math.round(seconds * RATE);
  const [drums, bass, other, vocals] = Array.from({ length: 4 }, () => new Float32Array(length));
  const count = Math.floor(((seconds - start) * bpm) / 60);
  const beats = [start];
  for (let i = 1; i < count; i++) {
    beats.push(beats[i - 1] + 60 / (bpm * (1 + (drift * i) / count)));
  }
  let random = 0;
  const late = () => loose * NOISE[random++ % RATE];
  const timeOf = (beat: number, step: number) => {
    const next = beats[beat + 1] ?? beats[beat] + 60 / bpm;
    const place = step / steps;
    const swung = steps % 2 === 0 && place >= 0.5 && place < 1 ? place + swing : place;
    return beats[beat] + swung * (next - beats[beat]) + late();
  };
  const hertz = (semitones: number) =>
    (score.tuning ?? 440) * 2 ** ((score.tonic + semitones - 9) / 12);
  const chords = score.chords.split(" ").map((chord) => {
    const [, root, kind] = /^(\d+)(.*)$/.exec(chord)!;
    return { root: Number(root), notes: CHORDS[kind].map((note) => note + Number(root)) };
  });
  let sung = 0;
  const melody = (time: number) => {
    const note = SCALES[score.mode][(sung++ * 3) % 8];
    sing(vocals, time, hertz(note), 0.45 * (60 / bpm));
  };
  for (let i = 0; i < (score.pickup ?? 0); i++) melody(start - ((i + 1) * 60) / bpm);
  for (let beat = 0; beat < count; beat++) {
    const bar = Math.floor(beat / meter);
    const { root, notes } = chords[bar % chords.length];
    for (let step = 0; step < steps; step++) {
      const place = (beat % meter) * steps + step;
      const has = (pattern: string | undefined) => pattern?.[place % pattern.length] === "x";
      if (has(score.kick)) strike(drums, timeOf(beat, step), "kick");
      if (has(score.snare)) strike(drums, timeOf(beat, step), "snare");
      if (has(score.hat)) strike(drums, timeOf(beat, step), "hat");
      if (has(score.bass)) pluck(bass, timeOf(beat, step), hertz(root - 36), 0.25, 0.005);
      if (has(score.comping)) {
        const time = timeOf(beat, step);
        for (const note of notes) {
          pluck(other, time, hertz(note - 12), 0.08, score.attack ?? 0.005);
        }
      }
      if (has(score.melody)) melody(timeOf(beat, step));
    }
  }
  return { drums, bass, other, vocals, beats };
}

/** Sounds that were made before: a song has few that differ. */
const sounds = new Map<string, Float32Array>();

/** Adds what `make` gives at each time in seconds, made once for `name`. */
function add(
  into: Float32Array,
  time: number,
  name: string,
  seconds: number,
  make: (sound: Float32Array) => void,
): void {
  let sound = sounds.get(name);
  if (!sound) {
    sound = new Float32Array(Math.round(seconds * RATE));
    make(sound);
    sounds.set(name, sound);
  }
  const from = Math.round(time * RATE);
  const end = Math.min(sound.length, into.length - from);
  for (let n = Math.max(0, -from); n < end; n++) into[from + n] += sound[n];
}

function strike(into: Float32Array, time: number, drum: "kick" | "snare" | "hat"): void {
  add(into, time, drum, 0.3, (sound) => {
    for (let n = 0; n < sound.length; n++) {
      const t = n / RATE;
      const cycles = drum === "kick" ? 50 * t + 2 * (1 - Math.exp(-t / 0.03)) : 190 * t;
      const skin = Math.sin(2 * Math.PI * cycles);
      const bright = NOISE[n + 1] - NOISE[n];
      if (drum === "kick") sound[n] = 0.6 * Math.exp(-t / 0.07) * skin;
      else if (drum === "snare") sound[n] = 0.2 * Math.exp(-t / 0.06) * (NOISE[n] + skin);
      else sound[n] = 0.06 * Math.exp(-t / 0.02) * bright;
    }
  });
}

/** A string: harmonics that die away, the higher ones sooner. */
function pluck(
  into: Float32Array,
  time: number,
  hertz: number,
  gain: number,
  attack: number,
): void {
  add(into, time, `pluck ${hertz} ${gain} ${attack}`, 1.5 + attack, (sound) => {
    for (let h = 1; h <= 8 && h * hertz < 8000; h++) {
      const step = (2 * Math.PI * hertz * h) / RATE;
      const fall = Math.exp((-1 - 0.3 * (h - 1)) / (0.5 * RATE));
      let level = gain / h;
      for (let n = 0; n < sound.length; n++) {
        level *= fall;
        sound[n] += level * Math.min(1, n / (attack * RATE)) * Math.sin(step * n);
      }
    }
  });
}

/** A singer: harmonics with vibrato, which come and go softly. */
function sing(into: Float32Array, time: number, hertz: number, seconds: number): void {
  add(into, time, `voice ${hertz} ${seconds}`, seconds, (sound) => {
    let phase = 0;
    for (let n = 0; n < sound.length; n++) {
      const t = n / RATE;
      phase += (2 * Math.PI * hertz * (1 + 0.008 * Math.sin(2 * Math.PI * 5.5 * t))) / RATE;
      const envelope = Math.min(1, t / 0.04, (seconds - t) / 0.06);
      for (let h = 1; h <= 6; h++) sound[n] += (0.12 / h) * envelope * Math.sin(h * phase);
    }
  });
}
