// Sources of sound for a separator: recordings, media elements, inputs, shares. Page.
export { decodeRecording } from "./decode.ts";
export { displaySource } from "./display.ts";
export { fileSource, type FileSource } from "./file.ts";
export { listInputs, onInputsChange, type AudioInput } from "./inputs.ts";
export { mediaElementSource } from "./media-element.ts";
export { microphoneSource, type MicrophoneOptions, type MicrophoneSource } from "./microphone.ts";
export type {
  AudioSource,
  Interruption,
  InterruptionReason,
  SourceEvents,
  SourceState,
} from "./source.ts";
