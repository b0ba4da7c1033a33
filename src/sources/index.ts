// Sources of sound for a separator: recordings, media elements, inputs, shares. Page. The code of
// each is fetched when the first one is made.
import { lazy } from "../util/lazy.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import type { FileSource } from "./file.ts";
import type { MicrophoneOptions, MicrophoneSource } from "./microphone.ts";
import type { AudioSource } from "./source.ts";

export { decodeRecording } from "./decode.ts";
export { listInputs, onInputsChange, type AudioInput } from "./inputs.ts";
export type { FileSource } from "./file.ts";
export type { MicrophoneOptions, MicrophoneSource } from "./microphone.ts";
export type {
  AudioSource,
  Interruption,
  InterruptionReason,
  SourceEvents,
  SourceState,
} from "./source.ts";

/**
 * A recording at the context's rate, paused at its start.
 * @throws DannaError "media" when it is empty or no audio that this browser can decode
 */
export async function fileSource(
  context: AnyAudioContext,
  recording: Blob | ArrayBuffer | AudioBuffer,
): Promise<FileSource> {
  const { fileSource } = await lazy(import("./file.ts"));
  return fileSource(context, recording);
}

/**
 * Takes the element's sound into the context; the element itself falls silent and is played, paused
 * and sought by its owner as before. When its last source is disposed of it is heard from the context's
 * destination, for it belongs to that context for good. What it plays must be of the page's origin, or the element have
 * `crossorigin` and the other server allow reading: browsers give silence otherwise, so it is refused,
 * and a source that turns to such a file is interrupted with the same error.
 * @param signal leaves the element alone where it is aborted before that is taken
 * @throws DannaError "input" when the element belongs to another context, its sound may not be read,
 *   or the context is offline; the signal's reason
 */
export async function mediaElementSource(
  context: AnyAudioContext,
  element: HTMLMediaElement,
  signal?: AbortSignal,
): Promise<AudioSource> {
  const { mediaElementSource } = await lazy(import("./media-element.ts"));
  return mediaElementSource(context, element, signal);
}

/**
 * Opens a microphone or line input in stereo where it has it, with echo cancellation, noise
 * suppression and gain control off. Resolves even when it is refused or missing: the source is then
 * silent and "interrupted", and `resume()` asks again. A device that was unplugged and comes back
 * is opened again by itself.
 * @throws DannaError "platform" or "input" where no device could ever be opened
 */
export async function microphoneSource(
  context: AnyAudioContext,
  options: MicrophoneOptions = {},
): Promise<MicrophoneSource> {
  const { microphoneSource } = await lazy(import("./microphone.ts"));
  return microphoneSource(context, options);
}

/**
 * Asks the person which tab or screen to listen to. Call it from a click or key. Resolves even when
 * the person declines or shares no sound: the source is then silent and "interrupted", and
 * `resume()` asks again. "ended" tells that the share was stopped.
 * @throws DannaError "platform" or "input" where nothing could ever be shared
 */
export async function displaySource(context: AnyAudioContext): Promise<AudioSource> {
  const { displaySource } = await lazy(import("./display.ts"));
  return displaySource(context);
}
