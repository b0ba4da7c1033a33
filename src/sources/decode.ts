// Turns a recording's bytes into samples. Page.
import { DannaError } from "../errors.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";

/**
 * Decodes a whole recording at the context's rate, with the browser's decoders. The caller's bytes
 * stay usable.
 * @throws DannaError "media" when it is empty or no audio that this browser can decode, "input" when it is unreadable
 */
export async function decodeRecording(
  context: AnyAudioContext,
  recording: Blob | ArrayBuffer,
): Promise<AudioBuffer> {
  const name = recording instanceof File ? `"${recording.name}"` : "The recording";
  // Decoding takes the bytes away from their owner.
  const bytes = recording instanceof Blob ? await read(recording, name) : recording.slice(0);
  if (bytes.byteLength === 0) throw new DannaError("media", `${name} is empty.`);
  try {
    return (await context.decodeAudioData(bytes)) as AudioBuffer;
  } catch (cause) {
    throw new DannaError(
      "media",
      `${name} is no audio that this browser can decode; try MP3, WAV, FLAC, AAC or Ogg.`,
      { cause },
    );
  }
}

async function read(blob: Blob, name: string): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    throw new DannaError("input", `${name} cannot be read; was it moved or changed?`, { cause });
  }
}
