// The limiter as a node of the mixer's graph. Page thread.
import { LIMITER, type LimiterReport } from "./protocol.ts";

/**
 * A stereo limiter node; `addModule` of the mixer's worklet must have been done. `onGain` hears
 * its lowest gain ten times a second while it limits, and 1 when it rests.
 */
export class LimiterNode {
  readonly node: AudioWorkletNode;

  constructor(context: BaseAudioContext, onGain: (gain: number) => void) {
    this.node = new AudioWorkletNode(context, LIMITER, {
      outputChannelCount: [2],
      channelCount: 2,
      channelCountMode: "explicit",
    });
    this.node.port.onmessage = ({ data }: MessageEvent<LimiterReport>) => onGain(data.gain);
  }

  dispose(): void {
    this.node.disconnect();
    this.node.port.postMessage("close");
    this.node.port.close();
  }
}
