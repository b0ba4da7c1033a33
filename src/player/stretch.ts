// Key shift and tempo through Signalsmith Stretch (MIT), which runs as WASM on the audio thread.
// Page thread; loaded when key or tempo is first shifted.

/** What of the library's node the mixer uses; times in seconds. */
export interface StretchNode extends AudioWorkletNode {
  schedule(change: {
    output?: number;
    outputTime?: number;
    active?: boolean;
    input?: number;
    rate?: number;
    semitones?: number;
    loopStart?: number;
    loopEnd?: number;
  }): Promise<unknown>;
  addBuffers(
    channels: readonly Float32Array[],
    transfer: readonly ArrayBufferLike[],
  ): Promise<number>;
  /** Those that end by `seconds`; by default all. */
  dropBuffers(seconds?: number): Promise<unknown>;
  latency(): Promise<number>;
}

type CreateStretch = (
  context: BaseAudioContext,
  options: AudioWorkletNodeOptions,
) => Promise<StretchNode>;

/**
 * A stretch node, stereo by default: shifts what is connected to it, or plays the buffers it was given where
 * nothing is connected. The library's processor ends only with its context: make one a context.
 * @param url of STRETCH_FILE, for the worklet
 */
export async function createStretch(
  context: BaseAudioContext,
  url: string,
  channels = 2,
): Promise<StretchNode> {
  // @ts-expect-error the library has no types
  const library = (await import("signalsmith-stretch")) as { default: CreateStretch };
  // Not left to the library, which keeps a failure for the rest of the context's life.
  await context.audioWorklet.addModule(url);
  return library.default(context, {
    // One even for buffers: without an input the library's processor throws while it rests.
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [channels],
    channelCount: channels,
    channelCountMode: "explicit",
    channelInterpretation: channels > 2 ? "discrete" : "speakers",
  });
}
