// WAV, MP4 (AAC, ALAC), ADTS and WebM by mediabunny. Any thread.
import {
  ADTS,
  AudioSampleSink,
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

/** Sizes from here on stand for "unknown" in files that were written as a stream. */
const UNKNOWN_SIZE = 0x7fff0000;

/** @throws DannaError "media" when a WAV file says that it has more samples than it has */
async function checkWavLength(file: AudioFile): Promise<void> {
  if (String.fromCharCode(...(await file.slice(0, 4))) !== "RIFF") return;
  for (let at = 12; at + 8 <= file.size;) {
    const head = await file.slice(at, at + 8);
    const size = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    if (String.fromCharCode(...head.subarray(0, 4)) === "data") {
      if (size >= UNKNOWN_SIZE || at + 8 + size <= file.size) return;
      const held = `it holds ${file.size - at - 8} of its ${size} bytes of sound`;
      throw new DannaError("media", `${file.name} is cut off: ${held}. Get it anew.`);
    }
    at += 8 + size + (size % 2);
  }
}

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
  onTime: (share: number) => void,
): AsyncGenerator<DecodedBlock> {
  await checkWavLength(file);
  const input = new Input({
    source: file.source(),
    formats: [WAVE, MP4, QTFF, ADTS, WEBM, MATROSKA],
  });
  try {
    const track = await readable(file, input);
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
