// Key shift and tempo through Signalsmith Stretch (MIT), which runs as WASM on the audio thread.
// Page thread.

/** File of the library, copied beside the other built files: page module and worklet in one. */
export const STRETCH_FILE = "SignalsmithStretch.mjs";

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
  addBuffers(channels: readonly Float32Array[]): Promise<number>;
  dropBuffers(): Promise<unknown>;
  latency(): Promise<number>;
}

type CreateStretch = ((
  context: BaseAudioContext,
  options: AudioWorkletNodeOptions,
) => Promise<StretchNode>) & { moduleUrl?: string };

let library: Promise<CreateStretch> | undefined;

/**
 * A stereo stretch node: shifts what is connected to it, or plays the buffers it was given where
 * nothing is connected. The library's processor ends only with its context: make one a context.
 * @param url of STRETCH_FILE, for the worklet
 */
export async function createStretch(context: BaseAudioContext, url: string): Promise<StretchNode> {
  // @ts-expect-error the library has no types
  library ??= import("signalsmith-stretch").then(
    (module: { default: CreateStretch }) => module.default,
  );
  const create = await library.catch((error: unknown) => {
    library = undefined;
    throw error;
  });
  create.moduleUrl = url;
  return create(context, {
    // One even for buffers: without an input the library's processor throws while it rests.
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [2],
    channelCount: 2,
    channelCountMode: "explicit",
  });
}
