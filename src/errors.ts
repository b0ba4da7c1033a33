// The one error type of the library. Any thread.

/**
 * What went wrong, as a stable string for programs:
 * - `manifest`: a model manifest has a missing or wrong field
 * - `fetch`: a file could not be downloaded
 * - `model`: model bytes do not match their manifest, or the graph cannot be run
 * - `input`: an argument has the wrong type, shape or range
 * - `media`: a file holds no sound that can be decoded: unknown, empty, damaged, cut off, protected
 * - `storage`: the browser would not keep something (a preset, a MIDI map)
 * - `permission`: the person or the browser's settings refused a microphone or a share
 * - `device`: an audio device is missing, was unplugged, is in use elsewhere or cannot be opened
 * - `platform`: the browser or the page lacks something that is needed (AudioWorklet, WebGPU)
 * - `worker`: the inference worker or the audio worklet failed or could not be started
 * - `disposed`: a method was called after `dispose()`
 */
export type DannaErrorCode =
  | "manifest"
  | "fetch"
  | "model"
  | "input"
  | "media"
  | "permission"
  | "device"
  | "storage"
  | "platform"
  | "worker"
  | "disposed";

/**
 * Every error the library throws on purpose. `code` is for programs; `message` names the cause
 * and the cure for people; `cause` holds the underlying error where there is one.
 */
export class DannaError extends Error {
  override readonly name = "DannaError";
  readonly code: DannaErrorCode;

  constructor(code: DannaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws DannaError "input" when the value of an option is given and not among those known */
export function checkOption(option: string, value: unknown, known: readonly unknown[]): void {
  if (value === undefined || known.includes(value)) return;
  throw new DannaError(
    "input",
    `"${option}" is one of ${known.join(", ")}, not "${String(value)}".`,
  );
}
