// Browser side of long-song.test.ts: songs of hours, played by the transport that plays every song. Page.
import { isStored } from "../../src/dsp/stored-block.ts";
import { BufferTransport } from "../../src/player/buffer-transport.ts";
import { decodeSong } from "../../src/player/decode-song.ts";
import { outline, outlineDetail } from "../../src/player/outline.ts";
import { SongPlayerNode } from "../../src/player/song-player-node.ts";
import type { Song } from "../../src/player/song.ts";
import { createStretch } from "../../src/player/stretch.ts";
import { SONG_FOLDER } from "../../src/split/workers/song-file.ts";

const RATE = 8000;
/** Samples until the song's sound comes again: prime, so that no two regions are alike. */
const PERIOD = 65_521;

/** Posts what it hears in blocks, with their first frames. */
const CAPTURE = `registerProcessor("capture", class extends AudioWorkletProcessor {
  process([[left = new Float32Array(128)]]) {
    this.port.postMessage([currentFrame, left.slice()]);
    return true;
  }
});`;

/** Sample n of every song. */
const sampleOf = (n: number) => (n % PERIOD) - 32_760;

/** A WAV file of so many samples at 8 kHz, mono, 16 bits, made of one piece again and again. */
function wav(samples: number): File {
  const header = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string) =>
    [...word].forEach((letter, i) => header.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  header.setUint32(4, 36 + 2 * samples, true);
  text(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, 2 * RATE, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  text(36, "data");
  header.setUint32(40, 2 * samples, true);
  const piece = new Blob([Int16Array.from({ length: PERIOD }, (_, n) => sampleOf(n))]);
  const whole = Array<Blob>(Math.floor(samples / PERIOD)).fill(piece);
  return new File([header, ...whole, piece.slice(0, 2 * (samples % PERIOD))], "long.wav");
}

interface Opened {
  readonly song: Song;
  readonly context: AudioContext;
  readonly transport: BufferTransport;
  /** Blocks with their first frames. */
  readonly heard: (readonly [frame: number, left: Float32Array])[];
}
let opened: Opened | undefined;

/** Opens a song; what is known of it, or the error's code and message. */
export async function open(samples: number) {
  const context = new AudioContext({ sampleRate: RATE });
  const told: number[] = [];
  const { signal } = new AbortController();
  try {
    const song = await decodeSong(wav(samples), context, "/dist/", signal, (done) =>
      told.push(done),
    );
    await context.audioWorklet.addModule("/dist/mixer-worklet.js");
    await context.audioWorklet.addModule(
      URL.createObjectURL(new Blob([CAPTURE], { type: "text/javascript" })),
    );
    const player = new SongPlayerNode(context, song, { stems: 2, latency: 0, alone: false });
    const transport = new BufferTransport(context, song, player, {
      getStretch: () => createStretch(context, "/dist/SignalsmithStretch.mjs"),
    });
    const capture = new AudioWorkletNode(context, "capture", { channelCount: 2 });
    const heard: (readonly [number, Float32Array])[] = [];
    capture.port.onmessage = ({ data }: MessageEvent<[number, Float32Array]>) => heard.push(data);
    transport.node.connect(capture).connect(context.destination);
    opened = { song, context, transport, heard };
    const held = song.blocks.filter((block) => !isStored(block)).length;
    return { held, regions: song.blocks.length, length: song.length, told };
  } catch (error) {
    await context.close();
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

function current(): Opened {
  if (!opened) throw new Error("No song is open.");
  return opened;
}

/** So many samples from one of the context's frames on, as soon as they are there; a busy machine leaves frames out. */
async function heardFrom(frame: number, count: number): Promise<Float32Array> {
  const { heard } = current();
  const later = () => new Promise((resolve) => setTimeout(resolve, 5));
  let first = -1;
  while (first < 0) {
    first = heard.findIndex(([at]) => at + 128 > frame);
    if (first < 0) await later();
  }
  const skipped = Math.max(0, frame - heard[first][0]);
  const blocks = Math.ceil((skipped + count) / 128);
  while (heard.length < first + blocks) await later();
  const all = new Float32Array(128 * blocks);
  heard.slice(first, first + blocks).forEach(([, left], i) => all.set(left, 128 * i));
  return all.slice(skipped, skipped + count);
}

/** Resolves with what sounds since when, once the audio thread has said so. */
async function sounding() {
  const { transport } = current();
  while (!transport.sounding) {
    await new Promise<void>((resolve) => {
      const off = transport.on("sounding", () => {
        off();
        resolve();
      });
    });
  }
  return transport.sounding;
}

/**
 * Plays from a sample on, in a loop where one is given, and compares `count` samples with the song's.
 * @returns where it says to have begun
 */
export async function listen(sample: number, count: number, loop?: { a: number; b: number }) {
  const { transport } = current();
  transport.pause();
  transport.setLoop(loop ? { a: loop.a / RATE, b: loop.b / RATE } : { a: undefined, b: undefined });
  transport.seek(sample / RATE);
  await transport.play();
  const { position, time } = await sounding();
  const first = Math.round(position * RATE);
  const heard = await heardFrom(Math.round(time * RATE), count);
  let [wrong, n] = [0, first];
  const where: string[] = [];
  heard.forEach((value, i) => {
    // It is faded in.
    if (i >= 0.008 * RATE && Math.abs(value * 32_768 - sampleOf(n)) > 1e-3) {
      wrong++;
      if (where.length < 3) where.push(`${i}: ${value * 32_768}, not ${sampleOf(n)}`);
    }
    if (++n === loop?.b) n = loop.a;
  });
  if (wrong > 0)
    throw new Error(`From ${first} on ${wrong} samples are wrong: ${where.join("; ")}.`);
  return first;
}

/** Plays from so many samples before the end; where it says to be then. */
export async function playToEnd(samples: number) {
  const { transport, song } = current();
  transport.pause();
  transport.setLoop({ a: undefined, b: undefined });
  transport.seek((song.length - samples) / RATE);
  const ended = new Promise<void>((resolve) => {
    const off = transport.on("ended", () => {
      off();
      resolve();
    });
  });
  await transport.play();
  const { time } = await sounding();
  await ended;
  const last = await heardFrom(Math.round(time * RATE), samples + 256);
  return {
    position: transport.position * RATE,
    last: last[samples - 1] * 32_768,
    expected: sampleOf(song.length - 1),
    after: last.slice(samples).some((value) => value !== 0),
  };
}

/** Plays at another key and tempo for so many seconds: the longest silence in samples, and by how much the position moved in a second. */
export async function listenShifted(sample: number, seconds: number, tempo: number) {
  const { transport, context } = current();
  transport.pause();
  await transport.setTempo(tempo);
  await transport.setKey(2);
  transport.seek(sample / RATE);
  await transport.play();
  const from = Math.round((context.currentTime + 0.5) * RATE);
  const began = { position: transport.position, time: context.currentTime };
  const heard = await heardFrom(from, seconds * RATE);
  const moved = (transport.position - began.position) / (context.currentTime - began.time);
  let [silent, longest] = [0, 0];
  for (const value of heard) {
    silent = value === 0 ? silent + 1 : 0;
    longest = Math.max(longest, silent);
  }
  await transport.setTempo(1);
  await transport.setKey(0);
  transport.pause();
  // Until it has faded out.
  await heardFrom(Math.round((context.currentTime + 0.2) * RATE), 1);
  return { longest, moved };
}

/** The outline's least column; and how many finest columns there are, and are not as loud as the song's sample there. */
export async function outlines() {
  const { song } = current();
  const coarse = outline(song, 600);
  const detail = await outlineDetail(song, new AbortController().signal);
  const mean = Math.sqrt(detail.reduce((sum, value) => sum + value ** 2, 0) / detail.length);
  const expected = (column: number) =>
    Math.abs(sampleOf(Math.floor(((column + 0.5) * song.length) / detail.length))) / 18_914;
  const wrong = detail.filter((value, c) => Math.abs(value / mean - expected(c)) > 0.05).length;
  return { least: Math.min(...coarse), columns: detail.length, wrong };
}

export async function close(): Promise<void> {
  const { transport, context } = current();
  await transport.dispose();
  await context.close();
  opened = undefined;
}

/** Files of long songs that lie there. */
export async function files(): Promise<string[]> {
  const top = await navigator.storage.getDirectory();
  const folder = await top.getDirectoryHandle(SONG_FOLDER, { create: true });
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}
