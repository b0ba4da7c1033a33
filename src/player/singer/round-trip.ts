// How long sound takes from the player to the loudspeakers, through the air, into the microphone and back: by
// chirps that are played and heard. Page thread.
import { DannaError } from "../../errors.ts";
import { agreedDelay, findChirp, makeChirp } from "../../dsp/chirp.ts";
import { Recorder } from "../recorder.ts";
import { leftOf } from "./samples.ts";

/** Chirps, and the seconds between them: no way back takes longer. */
const CHIRPS = 3;
const APART = 0.7;
/** Seconds by which what each of them says may differ. */
const AGREED = 0.003;
const LOUDNESS = 0.5;

/**
 * Plays chirps to `destination` and listens to `microphone`. Gives the seconds between.
 * @throws DannaError "device" when they are not heard
 */
export async function measureRoundTrip(
  microphone: AudioNode,
  destination: AudioNode,
): Promise<number> {
  const { context } = microphone;
  const { sampleRate } = context;
  const chirp = makeChirp(sampleRate);
  const length = Math.round(CHIRPS * APART * sampleRate);
  const buffer = new AudioBuffer({ length, sampleRate });
  const every = Math.round(APART * sampleRate);
  for (let i = 0; i < CHIRPS; i++) buffer.copyToChannel(chirp, 0, i * every);
  const source = new AudioBufferSourceNode(context, { buffer });
  const played = new GainNode(context, { gain: LOUDNESS });
  source.connect(played).connect(destination);
  const track = (name: string, node: AudioNode) => ({ name, node, format: "wav32f" }) as const;
  const recorder = new Recorder(context, [track("played", played), track("heard", microphone)]);
  try {
    const over = new Promise((resolve) => (source.onended = resolve));
    source.start(context.currentTime + 0.1);
    await over;
    const files = await recorder.stop();
    const [out, back] = await Promise.all(files.map(leftOf));
    const first = findChirp(out.subarray(0, every), chirp);
    const delays = Array.from({ length: CHIRPS }, (_, i) => {
      if (first === undefined) return undefined;
      const from = Math.round(first) + i * every;
      const heard = findChirp(back.subarray(from, from + every), chirp);
      return heard === undefined ? undefined : heard / sampleRate;
    });
    const delay = agreedDelay(delays, AGREED);
    if (delay !== undefined) return delay;
  } finally {
    played.disconnect();
  }
  throw new DannaError(
    "device",
    "The microphone does not hear the test tones: turn the loudspeakers up, or hold a headphone to the " +
      "microphone, and measure again in a quiet moment.",
  );
}
