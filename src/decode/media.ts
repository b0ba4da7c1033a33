// WAV, MP4, ADTS, WebM and Matroska: mediabunny finds the packets, packet-decoder.ts decodes them, and
// timeline.ts puts them where they belong. Any thread.
import {
  ADTS,
  AudioSampleSink,
  EncodedPacketSink,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  MP4,
  QTFF,
  WAVE,
  WEBM,
  type InputAudioTrack,
  type InputFormat,
} from "mediabunny";
import { DannaError } from "../errors.ts";
import type { Speaker } from "../dsp/downmix.ts";
import type { AudioFile } from "./audio-file.ts";
import type { DecodedBlock } from "./decoded-block.ts";
import { matroskaNotes } from "./matroska.ts";
import { mp4Notes, type Edit } from "./mp4-boxes.ts";
import { opusHeader } from "./opus-header.ts";
import type { PacketDecoder, PacketSound } from "./packet-decoder.ts";
import { packetDecoder } from "./packet-decoders.ts";
import type { Span } from "./sniff.ts";
import { Timeline } from "./timeline.ts";
import { wavFile } from "./wav.ts";

// What goes wrong comes as an exception. Its notices, as of samples of a damaged file that it forgot
// itself, would stand between a command's lines.
Logging.level = LogLevel.Silent;

/** Sample entries of encrypted tracks. */
const PROTECTED = ["drms", "enca"];

/** What containers call a codec that mediabunny does not know. */
const OTHER_CODECS: Readonly<Record<string, string>> = {
  alac: "alac",
  A_ALAC: "alac",
  ".mp3": "mp3",
};

/**
 * Decodes the default audio track from time 0 to its end: of MUSDB18's and Native Instruments'
 * `.stem.mp4` that is the mixture.
 * @param onTime told which share of the track has been decoded
 * @param id of another track of an MP4 file
 * @throws DannaError "media" when there is no track that can be decoded, or it ends early
 */
export async function* decodeMedia(
  file: AudioFile,
  span: Span,
  onTime: (share: number) => void,
  id?: number,
): AsyncGenerator<DecodedBlock> {
  const wav = await wavFile(file);
  const input = new Input({
    source: wav?.source ?? file.source(),
    formats: [WAVE, MP4, QTFF, ADTS, WEBM, MATROSKA],
  });
  try {
    const track = await chosenTrack(file, input, id);
    const format = await input.getFormat();
    if (format === ADTS) await checkFrames(file, span, track);
    const place = await placeOf(file, input, format, track);
    const speakers = wav?.speakers ?? place.speakers;
    yield* played(file, track, { ...place, speakers }, onTime);
  } catch (cause) {
    if (cause instanceof DannaError && cause.message.startsWith(file.name)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const why = cause instanceof Error && cause.cause ? ` (${String(cause.cause)})` : "";
    // The one thing that mediabunny cannot read in files that are whole.
    if (reason.includes("channel configuration 0")) {
      const what = `${file.name} has channels of its own, which ADTS is not read with here`;
      throw new DannaError("media", `${what}. Convert it to FLAC or WAV.`, { cause });
    }
    throw new DannaError(
      "media",
      `${file.name} is damaged or cut off (${reason}${why}). Download or export it again.`,
      { cause },
    );
  } finally {
    input.dispose();
  }
}

/** The one of that id, or that its file says is to be played, else the first. */
async function chosenTrack(file: AudioFile, input: Input, id?: number): Promise<InputAudioTrack> {
  const tracks = await input.getAudioTracks();
  if (tracks.length === 0) throw await soundless(file, input);
  const named = tracks.find((track) => track.id === id);
  if (named) return named;
  for (const track of tracks) if ((await track.getDisposition()).default) return track;
  return tracks[0];
}

/** Of MP4 that lacks its table, which most programs write last, nothing can be said but that. */
async function soundless(file: AudioFile, input: Input): Promise<DannaError> {
  const format = await input.getFormat();
  const isCut = (format === MP4 || format === QTFF) && !(await mp4Notes(file));
  const why = isCut
    ? "is cut off: the table of its sound is missing. Download or export it again."
    : "has no sound in it.";
  return new DannaError("media", `${file.name} ${why}`);
}

/** Where a track's packets stand in the recording, and what is to be known to decode them. */
interface Place {
  /** What is played of it, in order. */
  readonly edits: readonly Edit[];
  /** Seconds from mediabunny's times to those of `edits`. */
  readonly shift: number;
  /** Seconds at its start that are no sound. */
  readonly delay: number;
  /** Seconds at its end that are no sound. */
  readonly padding: number;
  readonly description: Uint8Array | undefined;
  readonly speakers: readonly Speaker[] | undefined;
}

async function placeOf(
  file: AudioFile,
  input: Input,
  format: InputFormat,
  track: InputAudioTrack,
): Promise<Place> {
  const plain = { padding: 0, delay: 0, shift: 0, description: undefined, speakers: undefined };
  if (format === MATROSKA || format === WEBM) {
    const notes = await matroskaNotes(file);
    const description = notes.descriptions.get(track.id);
    const { preSkip } = opusHeader(await headerOf(track));
    const delay = notes.delays.get(track.id) ?? preSkip / 48_000;
    const padding = await notes.padding(track.id);
    const edits = await wholeTrack(input, delay);
    return { ...plain, edits, delay, padding, description };
  }
  const notes = format === MP4 || format === QTFF ? await mp4Notes(file) : undefined;
  const own = notes?.tracks.get(track.id);
  const found = { ...plain, description: own?.cookie, speakers: own?.speakers };
  const priming = opusHeader(await headerOf(track)).preSkip / 48_000;
  const { edits } = own ?? {};
  const [first] = edits ?? [];
  if (edits && first) {
    const duration = await track.computeDuration();
    const rounded = edits.map((edit) => {
      const end = edit.at + edit.length;
      const last = edits.length === 1 && end > duration - (own?.resolution ?? 0);
      return last ? { ...edit, length: duration - edit.at } : edit;
    });
    const shift = first.from - first.at;
    if (first.from > 0) return { ...found, edits: rounded, shift };
    if (!notes?.itunes) return { ...found, edits: withoutPriming(rounded, priming), shift };
  }
  if (notes?.itunes) {
    const { itunes } = notes;
    const { sampleRate } = track;
    const length = itunes.samples / sampleRate;
    return { ...found, edits: [{ from: 0, at: 0, length }], delay: itunes.priming / sampleRate };
  }
  const [whole] = await wholeTrack(input, priming);
  // MP4 says how long the last packet is heard; ADTS does not.
  const length = notes ? (await track.computeDuration()) - priming - whole.from : Infinity;
  return { ...found, edits: [{ ...whole, length }], delay: priming };
}

/** Edits that leave the priming in: at the recording's start it goes, later it is silence. */
function withoutPriming([first, ...rest]: readonly Edit[], priming: number): Edit[] {
  const [from, length] = [first.from + priming, first.length - priming];
  return [{ from, at: first.at > 0 ? first.at + priming : 0, length }, ...rest];
}

/** Of an Opus track. */
const headerOf = async (track: InputAudioTrack): Promise<Uint8Array | undefined> =>
  track.codec === "opus" ? bytesOf((await track.getDecoderConfig())?.description) : undefined;

/** From the time on at which the first track of the file begins, or from 0 where that is before. */
async function wholeTrack(input: Input, delay: number): Promise<Edit[]> {
  const tracks = [...(await input.getVideoTracks()), ...(await input.getAudioTracks())];
  const starts = await Promise.all(tracks.map((track) => track.getFirstTimestamp()));
  return [{ from: Math.max(0, Math.min(...starts) - delay), at: 0, length: Infinity }];
}

/** Seconds before an edit that are decoded, so that decoders come into step. */
const PREROLL = 0.1;

async function* played(
  file: AudioFile,
  track: InputAudioTrack,
  place: Place,
  onTime: (share: number) => void,
): AsyncGenerator<DecodedBlock> {
  const duration = await track.computeDuration();
  let position = 0;
  for (const [i, { from, at, length }] of place.edits.entries()) {
    // From a packet's time to the recording's.
    const toHeard = place.shift - place.delay - from + at;
    const start = i === 0 ? -Infinity : from - place.shift - PREROLL;
    let timeline: Timeline | undefined;
    let rate = 0;
    let end = 0;
    let speakers: readonly Speaker[] | undefined;
    const block = (channels: readonly Float32Array[]): DecodedBlock => ({
      channels,
      sampleRate: rate,
      speakers,
    });
    for await (const [sound, decoder] of soundsOf(file, track, place, start)) {
      const { channels, sampleRate, timestamp } = sound;
      end = timestamp + channels[0].length / sampleRate;
      onTime(Math.min(1, end / duration));
      if (!timeline) {
        rate = sampleRate;
        speakers = decoder?.speakers ?? place.speakers;
        // A first packet without sound, as Vorbis has, takes no time of what is heard.
        const time = Math.max(sound.first + toHeard, Math.min(timestamp + toHeard, 0));
        const begin = Math.round(time * sampleRate);
        timeline = new Timeline({
          sampleRate,
          position,
          at: Math.max(Math.round(at * sampleRate), begin + Math.round(place.delay * sampleRate)),
          start: begin,
          end: Math.round((at + length) * sampleRate),
          padding: i === place.edits.length - 1 ? Math.round(place.padding * sampleRate) : 0,
        });
      }
      for (const part of timeline.add(channels, timestamp + toHeard)) yield block(part);
      if (timeline.ended) break;
    }
    if (!timeline) continue;
    for (const part of timeline.finish()) yield block(part);
    position = timeline.position;
    if (!timeline.ended && end + 0.1 < duration) {
      const held = `it holds ${end.toFixed(1)} of its ${duration.toFixed(1)} seconds`;
      throw new DannaError(
        "media",
        `${file.name} is cut off: ${held}. Download or export it again.`,
      );
    }
  }
}

type Sounded = readonly [
  sound: PacketSound & { /** Time of the first packet. */ readonly first: number },
  decoder: PacketDecoder | undefined,
];

/** A track's sound from the packet on that stands at `start`. */
async function* soundsOf(
  file: AudioFile,
  track: InputAudioTrack,
  { description }: Place,
  start: number,
): AsyncGenerator<Sounded> {
  const id = String(track.internalCodecId);
  if (PROTECTED.includes(id)) {
    throw new DannaError(
      "media",
      `${file.name} is protected against copying and cannot be read. Use a copy without protection.`,
    );
  }
  const codec = track.codec ?? OTHER_CODECS[id] ?? id;
  if (/^(pcm-|[au]law)/.test(codec)) return yield* pcmOf(track, start);
  const sink = new EncodedPacketSink(track);
  const first = (await sink.getPacket(start)) ?? (await sink.getFirstPacket());
  if (!first) return;
  const { sampleRate, numberOfChannels } = track;
  const web = await track.getDecoderConfig();
  const decoder = await packetDecoder({
    codec,
    sampleRate,
    channels: numberOfChannels,
    description: bytesOf(web?.description) ?? description,
    web: web ?? { codec, sampleRate, numberOfChannels, description },
    first: first.data,
  });
  if (!decoder) throw undecodable(file, codec);
  try {
    const of = (sound: PacketSound): Sounded => [{ ...sound, first: first.timestamp }, decoder];
    for await (const packet of sink.packets(first)) yield* (await decoder.decode(packet)).map(of);
    yield* (await decoder.flush()).map(of);
  } finally {
    decoder.free();
  }
}

async function* pcmOf(track: InputAudioTrack, start: number): AsyncGenerator<Sounded> {
  let first: number | undefined;
  for await (const sample of new AudioSampleSink(track).samples(start)) {
    const { sampleRate, timestamp, numberOfFrames } = sample;
    first ??= timestamp;
    const channels = Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(numberOfFrames);
      sample.copyTo(plane, { planeIndex, format: "f32-planar" });
      return plane;
    });
    sample.close();
    yield [{ channels, sampleRate, timestamp, first }, undefined];
  }
}

function bytesOf(source: AllowSharedBufferSource | undefined): Uint8Array | undefined {
  if (!source) return undefined;
  if (!ArrayBuffer.isView(source)) return new Uint8Array(source as ArrayBuffer);
  return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
}

/** Codecs of the optional package, in Node. */
const OPTIONAL = ["aac", "alac"];

function undecodable(file: AudioFile, codec: string): DannaError {
  const cure =
    OPTIONAL.includes(codec) && !("AudioDecoder" in globalThis)
      ? 'Install the optional package "@audio/decode-aac", or convert it to FLAC or WAV'
      : "Convert it to FLAC or WAV";
  return new DannaError(
    "media",
    `${file.name} holds ${codec}, which cannot be decoded here. ${cure}.`,
  );
}

/** @throws DannaError "media" when the frames of ADTS, each of which says its length, stop before the end */
async function checkFrames(file: AudioFile, span: Span, track: InputAudioTrack): Promise<void> {
  let at = span.start;
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, {
    metadataOnly: true,
  });
  for await (const { byteLength } of packets) at += byteLength;
  if (at >= span.end) return;
  const where = `no frame begins at byte ${at} of ${span.end}, or not all of it is there`;
  throw new DannaError(
    "media",
    `${file.name} is damaged or cut off: ${where}. Download or export it again.`,
  );
}
