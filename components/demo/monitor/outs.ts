// Stems on output channels of their own, beside the mix on the first two: what a desk calls direct outs, before
// the faders. Page thread.
import type { Stem } from "../../../src/index.ts";

/** Channels of one stem. */
const PAIR = 2;

export interface DirectOut {
  readonly stem: Stem;
  /** The left one, from 0. */
  readonly channel: number;
}

/** The first stem on channels 3 and 4, the next on 5 and 6, as far as the device has channels. */
export const planOuts = (stems: readonly Stem[], channels: number): DirectOut[] =>
  stems
    .map((stem, i) => ({ stem, channel: PAIR * (i + 1) }))
    .filter(({ channel }) => channel + PAIR <= channels);

export interface Outs {
  /** Lets the stems out, or keeps them back as the mix is: at first they are. */
  setOpen(open: boolean): void;
  disconnect(): void;
}

/** Sends stems to the destination's channels, as far as it has them. */
export function connectOuts(
  context: BaseAudioContext,
  stems: Readonly<Record<Stem, AudioNode>>,
): Outs {
  const { destination } = context;
  const channels = destination.maxChannelCount;
  const { channelCount, channelInterpretation } = destination;
  const merger = new ChannelMergerNode(context, { numberOfInputs: channels });
  const gates = planOuts(Object.keys(stems), channels).map(({ stem, channel }) => {
    const gate = new GainNode(context, { gain: 0 });
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: PAIR });
    stems[stem].connect(gate).connect(splitter);
    for (let side = 0; side < PAIR; side++) splitter.connect(merger, side, channel + side);
    return { gate, tap: stems[stem] };
  });
  // The mix keeps to the first two channels: nothing is spread over the others.
  destination.channelInterpretation = "discrete";
  destination.channelCount = channels;
  merger.connect(destination);
  return {
    setOpen(open) {
      for (const { gate } of gates)
        gate.gain.setTargetAtTime(open ? 1 : 0, context.currentTime, 0.005);
    },
    disconnect() {
      merger.disconnect();
      for (const { gate, tap } of gates) tap.disconnect(gate);
      destination.channelCount = channelCount;
      destination.channelInterpretation = channelInterpretation;
    },
  };
}
