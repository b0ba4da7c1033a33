// The two kinds of audio context: native ones, and those of standardized-audio-context, whose nodes
// never mix with native ones. Page.
import type { IAudioContext, IOfflineAudioContext } from "standardized-audio-context";
import { DannaError } from "../errors.ts";

/** A native context or one of standardized-audio-context. */
export type AnyAudioContext = BaseAudioContext | IAudioContext | IOfflineAudioContext;

const isNative = (context: AnyAudioContext): context is BaseAudioContext =>
  context instanceof globalThis.BaseAudioContext;

/**
 * Loads a worklet script into the context; at most once per context and URL.
 * @throws DannaError "platform" where there is no audio worklet, "fetch" when the script is missing
 */
export async function addWorkletModule(context: AnyAudioContext, url: string): Promise<void> {
  if (!context.audioWorklet) {
    throw new DannaError(
      "platform",
      "There is no AudioWorklet: serve the page over https or from localhost, in a current browser.",
    );
  }
  try {
    await context.audioWorklet.addModule(url);
  } catch (cause) {
    throw new DannaError(
      "fetch",
      `The audio worklet ${url} cannot be loaded; is "baseUrl" the folder of the built files?`,
      { cause },
    );
  }
}

/** An AudioWorkletNode of the context's own kind, typed as the native one. */
export async function createWorkletNode(
  context: AnyAudioContext,
  name: string,
  options: AudioWorkletNodeOptions,
): Promise<AudioWorkletNode> {
  if (isNative(context)) return new AudioWorkletNode(context, name, options);
  const library = await import("standardized-audio-context");
  const Node = library.AudioWorkletNode!;
  return new Node(context as IAudioContext, name, options as never) as unknown as AudioWorkletNode;
}

/** A GainNode of the context's own kind, typed as the native one. */
export function createGain(context: AnyAudioContext): GainNode {
  return context.createGain() as unknown as GainNode;
}

/** Whether sound is played as it comes, and not rendered as fast as possible. */
export function isRealTime(context: AnyAudioContext): boolean {
  return !("startRendering" in context);
}
