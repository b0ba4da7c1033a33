// Decodes a song as the command does, in a worker; what cannot be read so, as the browser does. Page thread;
// loaded with the first song.
import type { KeptBlock } from "../dsp/kept-block.ts";
import { decodeRecording } from "../index.ts";
import type { DecodeControl } from "../split/workers/song-decoder.ts";
import { REGION } from "./protocol.ts";
import { EXACT, songOf, songOfBuffer, type Song } from "./song.ts";
import { withSongWorker } from "./song-worker.ts";

/**
 * A song's samples at the context's rate.
 * @param baseUrl folder of the built files
 * @throws DannaError "input" when neither can decode it; the signal's reason
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
  } catch {
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
    for (;;) {
      const block = await calls.guard(decoder.next(), signal);
      if (!block) break;
      blocks.push(block);
    }
    return songOf(blocks, sampleRate, await calls.guard(decoder.tags(), signal));
  });
}
