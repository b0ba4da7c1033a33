// Tells players what an MP3 encoder has put around the sound, so that a stem starts where its song does and is
// as long. Pure; any thread.
//
// The first frame of an MP3 file may hold figures in place of sound ("Xing" or "Info"); behind them LAME writes
// how many samples its encoder has added before and behind. (Mp3 Info Tag rev 1 specifications, G. Bouvigne.)

/** Samples that LAME puts before the sound; decoders add 529 of their own and take both off. */
const ENCODER_DELAY = 576;
const SAMPLES_PER_FRAME = 1152;
const [HAS_FRAMES, HAS_BYTES, HAS_TOC] = [1, 2, 4];
const LAME_BYTES = 36;

/**
 * The frame of figures with delay and padding in it, of the same size: they take the place of its table
 * of contents, which a file of constant bit rate has no use for.
 * @param frame as mediabunny writes it; left as it is where it has no such figures
 * @param samples of the sound
 */
export function withGapless(frame: Uint8Array, samples: number): Uint8Array<ArrayBuffer> {
  const result = frame.slice();
  const view = new DataView(result.buffer);
  const at = tagAt(result);
  if (at === undefined) return result;
  const flags = view.getUint32(at + 4);
  const fields = at + 16;
  if ((flags & 7) !== (HAS_FRAMES | HAS_BYTES | HAS_TOC) || fields + LAME_BYTES > frame.length) {
    return result;
  }
  const frames = view.getUint32(at + 8);
  const padding = frames * SAMPLES_PER_FRAME - ENCODER_DELAY - samples;
  result.set(new TextEncoder().encode("Info"), at);
  view.setUint32(at + 4, HAS_FRAMES | HAS_BYTES);
  result.fill(0, fields);
  result.set(new TextEncoder().encode("LAME3.100"), fields);
  // Twelve bits each.
  result[fields + 21] = ENCODER_DELAY >> 4;
  result[fields + 22] = ((ENCODER_DELAY & 15) << 4) | ((padding >> 8) & 15);
  result[fields + 23] = padding & 255;
  return result;
}

function tagAt(frame: Uint8Array): number | undefined {
  const text = new TextDecoder("latin1").decode(frame);
  const at = Math.max(text.indexOf("Xing"), text.indexOf("Info"));
  return at < 0 || at + 16 > frame.length ? undefined : at;
}
