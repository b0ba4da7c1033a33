// Decodes a song as the command does, in a worker; what cannot be read so, as the browser does. Page thread;
// loaded with the first song.
import type { KeptBlock } from "../dsp/kept-block.ts";
import { DannaError, decodeRecording } from "../index.ts";
import type { DecodeControl } from "../split/workers/song-decoder.ts";
import { REGION } from "./protocol.ts";
import { EXACT, songOf, songOfBuffer, type Song } from "./song.ts";
import { withSongWorker } from "./song-worker.ts";

/** Hours of a song that a page holds: they take 2.3 GiB of its process. */
const MOST_HOURS = 2;
/** Blocks after which it is looked anew how long a song will be, and how wrong that may be. */
const [LOOK, DOUBT] = [16, 1.1];

class TooLong extends DannaError {
  constructor(name: string) {
    super(
      "media",
      `${name} is longer than the ${MOST_HOURS} hours that a page holds. Cut it into parts, split it by the command ` +
        "danna-sep, or play it with an <audio> element.",
    );
  }
}

/**
 * A song's samples at the context's rate.
 * @param baseUrl folder of the built files
 * @throws DannaError "media" when it is too long or neither can decode it; the signal's reason
 */
export async function decodeSong(
  file: Blob,
  context: BaseAudioContext,
  baseUrl: string | URL | undefined,
  signal: AbortSignal,
): Promise<Song> {
  const { sampleRate } = context;
  try {
    return await decodeInWorker(file, sampleRate, baseUrl, signal);
  } catch (error) {
    if (error instanceof TooLong) throw error;
    // Browsers also play what is damaged, and formats of their own; what they refuse, they say.
    signal.throwIfAborted();
    return songOfBuffer(await decodeRecording(context, file));
  }
}

function decodeInWorker(
  file: Blob,
  sampleRate: number,
  baseUrl: string | URL | undefined,
  signal: AbortSignal,
): Promise<Song> {
  return withSongWorker<DecodeControl, Song>("decode", baseUrl, async (decoder, calls) => {
    const name = file instanceof File ? file.name : "The recording";
    const settings = { sampleRate, block: REGION, exact: EXACT };
    await calls.guard(decoder.open(file, name, settings), signal);
    const blocks: KeptBlock[] = [];
    const most = MOST_HOURS * 3600 * sampleRate;
    for (;;) {
      const block = await calls.guard(decoder.next(), signal);
      if (!block) break;
      blocks.push(block);
      const length = blocks.length * REGION;
      if (length > most) throw new TooLong(name);
      if (blocks.length % LOOK > 0) continue;
      const done = await calls.guard(decoder.progress(), signal);
      if (done > 0 && length / done > DOUBT * most) throw new TooLong(name);
    }
    return songOf(blocks, sampleRate, await calls.guard(decoder.tags(), signal));
  });
}
