// Listens for feedback while a singer hears herself. Page thread.
import { HowlGuard } from "../../dsp/howl-guard.ts";
import { detach } from "../../util/audio-node.ts";

/** Samples of a spectrum. */
const SIZE = 2048;
/** Milliseconds between two looks. */
const EVERY = 50;

/** Calls `onHowl` when the voice of a node becomes feedback; returns the function that ends that. */
export function watchHowl(node: AudioNode, onHowl: () => void): () => void {
  const analyser = new AnalyserNode(node.context, { fftSize: SIZE, smoothingTimeConstant: 0 });
  const guard = new HowlGuard(node.context.sampleRate, SIZE);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  node.connect(analyser);
  const timer = setInterval(() => {
    analyser.getFloatFrequencyData(spectrum);
    if (guard.look(spectrum)) onHowl();
  }, EVERY);
  return () => {
    clearInterval(timer);
    detach(node, analyser);
  };
}
