// WAV, MP4, ADTS, WebM and Matroska by mediabunny. Of the codecs in them browsers decode what they know,
// Node PCM, Opus and, with an optional package, AAC. Any thread.
import {
  ADTS,
  AudioSampleSink,
  EncodedPacketSink,
  Input,
  MATROSKA,
  MP4,
  QTFF,
  WAVE,
  WEBM,
  type InputAudioTrack,
  Logging,
  LogLevel,
} from "mediabunny";
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";
import type { DecodedBlock } from "./elementary.ts";
import type { Span } from "./sniff.ts";
import { wavSource } from "./wav.ts";

// What goes wrong comes as an exception. Its notices, as of samples of a damaged file that it forgot
// itself, would stand between a command's lines.
Logging.level = LogLevel.Silent;

/** Sample entries of encrypted tracks. */
const PROTECTED = ["drms", "enca"];

/**
 * Decodes the first audio track from time 0 to its end: of MUSDB18's and Native Instruments'
 * `.stem.mp4` that is the mixture.
 * @param onTime told which share of the track has been decoded
 * @throws DannaError "media" when there is no track that can be decoded, or it ends early
 */
export async function* decodeMedia(
  file: AudioFile,
  span: Span,
  onTime: (share: number) => void,
): AsyncGenerator<DecodedBlock> {
  const input = new Input({
    source: (await wavSource(file)) ?? file.source(),
    formats: [WAVE, MP4, QTFF, ADTS, WEBM, MATROSKA],
  });
  try {
    const track = await readable(file, input);
    if ((await input.getFormat()) === ADTS) await checkFrames(file, span, track);
    const duration = await track.computeDuration();
    let end = 0;
    for await (const sample of new AudioSampleSink(track).samples()) {
      const { sampleRate, timestamp, numberOfFrames } = sample;
      const skipped = Math.min(numberOfFrames, Math.max(0, Math.round(-timestamp * sampleRate)));
      const channels = Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
        const plane = new Float32Array(numberOfFrames);
        sample.copyTo(plane, { planeIndex, format: "f32-planar" });
        return plane.subarray(skipped);
      });
      end = timestamp + sample.duration;
      sample.close();
      onTime(end / duration);
      if (channels[0].length > 0) yield { channels, sampleRate };
    }
    if (end + 0.1 < duration) {
      const held = `it holds ${end.toFixed(1)} of its ${duration.toFixed(1)} seconds`;
      throw new DannaError("media", `${file.name} is cut off: ${held}. Get it anew.`);
    }
  } catch (cause) {
    if (cause instanceof DannaError && cause.message.startsWith(file.name)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DannaError("media", `${file.name} is damaged or cut off (${reason}). Get it anew.`, {
      cause,
    });
  } finally {
    input.dispose();
  }
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
  throw new DannaError("media", `${file.name} is damaged or cut off: ${where}. Get it anew.`);
}

async function readable(file: AudioFile, input: Input): Promise<InputAudioTrack> {
  const [track] = await input.getAudioTracks();
  if (!track) throw new DannaError("media", `${file.name} has no sound in it.`);
  const id = String(track.internalCodecId);
  if (PROTECTED.includes(id)) {
    throw new DannaError(
      "media",
      `${file.name} is protected against copying and cannot be read. Use a copy without protection.`,
    );
  }
  const codec = track.codec ?? id;
  if (!(await track.canDecode())) {
    const cure =
      codec === "aac" && !("AudioDecoder" in globalThis)
        ? 'Install the optional package "@audio/decode-aac", or convert it to FLAC or WAV'
        : "Convert it to FLAC or WAV";
    throw new DannaError(
      "media",
      `${file.name} holds ${codec}, which cannot be decoded here. ${cure}.`,
    );
  }
  return track;
}
