// The formats that stems and mixes are written in: one table for page, Node and command. Pure; any thread.

/** What one format is. `bitrate` (bits per second) only where sound is compressed with loss. */
interface Format {
  readonly extension: string;
  readonly mimeType: string;
  readonly container: "wav" | "flac" | "mp3";
  readonly codec: "pcm-s16" | "pcm-s24" | "pcm-f32" | "flac" | "mp3";
  readonly bitrate?: number;
}

const FORMATS = {
  wav16: { extension: "wav", mimeType: "audio/wav", container: "wav", codec: "pcm-s16" },
  wav24: { extension: "wav", mimeType: "audio/wav", container: "wav", codec: "pcm-s24" },
  wav32f: { extension: "wav", mimeType: "audio/wav", container: "wav", codec: "pcm-f32" },
  flac: { extension: "flac", mimeType: "audio/flac", container: "flac", codec: "flac" },
  mp3: {
    extension: "mp3",
    mimeType: "audio/mpeg",
    container: "mp3",
    codec: "mp3",
    bitrate: 256_000,
  },
} as const satisfies Record<string, Format>;

/** A file of one stereo signal: one stem, or a mix. */
export type AudioFormat = keyof typeof FORMATS;

/** "stem.mp4" is Native Instruments' Stem file: the mixture and all stems as AAC, in one file. */
export type StemFormat = AudioFormat | "stem.mp4";

export const AUDIO_FORMATS = Object.keys(FORMATS) as readonly AudioFormat[];
export const STEM_FORMATS: readonly StemFormat[] = [...AUDIO_FORMATS, "stem.mp4"];

export const formatOf = (format: AudioFormat): Format => FORMATS[format];
