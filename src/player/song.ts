// A decoded song: stereo samples at the context's rate. Page thread.
import { toStereo } from "../dsp/downmix.ts";

export interface Song {
  /** Left and right; in shared memory where the page has it, so that other threads copy nothing. */
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/** Takes the samples of a buffer, which may then be forgotten. */
export function songOf(buffer: AudioBuffer): Song {
  const { numberOfChannels, sampleRate } = buffer;
  const decoded = Array.from({ length: numberOfChannels }, (_, c) => buffer.getChannelData(c));
  const shared = globalThis.crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";
  const channels = toStereo(decoded).map((channel) => {
    if (!shared) return channel;
    const plane = new Float32Array(new SharedArrayBuffer(channel.byteLength));
    plane.set(channel);
    return plane;
  });
  return { channels, sampleRate };
}
