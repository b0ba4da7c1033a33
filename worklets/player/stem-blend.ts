// The cross-fade from the separator's stems to those computed ahead, as what must be added to the
// separator's. Pure; runs on the audio thread and allocates nothing.
import { busChannels } from "../../src/player/protocol.ts";

/**
 * Writes weight × (computed − separated) for every stem. `bus` is the song player's: two channels a
 * stem, then the weight. Where it is silent the outputs stay as they are: zero.
 * @param separated two channels a stem, or one where both are equal, or none in silence
 */
export function blendStems(
  separated: readonly (readonly Float32Array[])[],
  bus: readonly Float32Array[],
  outputs: readonly (readonly Float32Array[])[],
): void {
  const weights = bus[busChannels(outputs.length) - 1];
  if (weights === undefined) return;
  outputs.forEach((output, stem) => {
    output.forEach((channel, c) => {
      const computed = bus[stem * output.length + c];
      const live = separated[stem][c] ?? separated[stem][0];
      for (let i = 0; i < channel.length; i++) {
        channel[i] = weights[i] * (computed[i] - (live?.[i] ?? 0));
      }
    });
  });
}
