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
  readonly heard: Map<number, Float32Array>;
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
    const heard = new Map<number, Float32Array>();
    capture.port.onmessage = ({ data: [frame, left] }: MessageEvent<[number, Float32Array]>) =>
      heard.set(frame, left);
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

/** Captured samples by the context's frames from one on, as soon as there are so many. */
async function heardFrom(frame: number, count: number): Promise<Float32Array> {
  const { heard } = current();
  const from = Math.floor(frame / 128) * 128;
  const to = Math.ceil((frame + count) / 128) * 128;
  while (!heard.has(to)) await new Promise((resolve) => setTimeout(resolve, 5));
  const all = new Float32Array(to - from);
  for (let at = from; at < to; at += 128) all.set(heard.get(at) ?? [], at - from);
  return all.slice(frame - from, frame - from + count);
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
 * @returns how many differ, and where it says to be
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
  heard.forEach((value, i) => {
    // It is faded in.
    if (i >= 0.008 * RATE && Math.abs(value * 32_768 - sampleOf(n)) > 1e-3) wrong++;
    if (++n === loop?.b) n = loop.a;
  });
  return { first, wrong };
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

/** Plays at another key and tempo for so many seconds: loudness, and by how much the position moved in a second. */
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
  const loud = (at: number) =>
    Math.sqrt(heard.subarray(at, at + RATE / 10).reduce((sum, value) => sum + value ** 2, 0) / 800);
  const quietest = Math.min(
    ...Array.from({ length: 10 * seconds }, (_, i) => loud((i * RATE) / 10)),
  );
  await transport.setTempo(1);
  await transport.setKey(0);
  transport.pause();
  return { quietest, moved };
}

/** How far the outline's columns, and the finest ones, are from those of a song as loud from end to end. */
export async function outlines() {
  const { song } = current();
  const coarse = outline(song, 600);
  const detail = await outlineDetail(song, new AbortController().signal);
  return {
    least: Math.min(...coarse),
    columns: detail.length,
    quiet: detail.filter((v) => v < 0.8).length,
  };
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
