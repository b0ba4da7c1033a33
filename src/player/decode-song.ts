// Decodes a song as the command does, in a worker; what cannot be read so, as the browser does. Page thread;
// loaded with the first song.
import { storedIn, type SongBlock } from "../dsp/stored-block.ts";
import { DannaError, decodeRecording } from "../index.ts";
import type { DecodeControl, DecodedBlock } from "../split/workers/song-decoder.ts";
import { REGION } from "./protocol.ts";
import { SongStorage } from "./song-storage.ts";
import { EXACT, songOf, songOfBuffer, type Song } from "./song.ts";
import { withSongWorker } from "./song-worker.ts";

/** Hours of a song that a page holds in memory, where there is no file for it: they take 2.3 GiB of its process. */
const MOST_HOURS = 2;
/** Blocks after which it is looked anew how long a song will be, and how wrong that may be. */
const [LOOK, DOUBT] = [16, 1.1];

class TooLong extends DannaError {
  constructor(name: string) {
    super(
      "media",
      `${name} is longer than the ${MOST_HOURS} hours that a page holds in memory, and the browser gives it no more ` +
        "room on disk: private windows and full disks do not. Open another window or make room, split it by the " +
        "command danna-sep, or play it with an <audio> element.",
    );
  }
}

/**
 * A song's samples at the context's rate; `free` it in the end.
 * @param baseUrl folder of the built files
 * @param onProgress told the share of a long song that is decoded
 * @throws DannaError "media" when it is too long or neither can decode it; the signal's reason
 */
export async function decodeSong(
  file: Blob,
  context: BaseAudioContext,
  baseUrl: string | URL | undefined,
  signal: AbortSignal,
  onProgress: (done: number) => void = () => undefined,
): Promise<Song> {
  const { sampleRate } = context;
  const storage = SongStorage.claim();
  try {
    return await decodeInWorker(file, { sampleRate, baseUrl, storage, signal, onProgress });
  } catch (error) {
    storage?.free();
    if (error instanceof TooLong) throw error;
    // Browsers also play what is damaged, and formats of their own; what they refuse, they say.
    signal.throwIfAborted();
    return songOfBuffer(await decodeRecording(context, file));
  }
}

interface Decoding {
  readonly sampleRate: number;
  readonly baseUrl: string | URL | undefined;
  readonly storage: SongStorage | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

function decodeInWorker(file: Blob, decoding: Decoding): Promise<Song> {
  const { sampleRate, baseUrl, storage, signal, onProgress } = decoding;
  return withSongWorker<DecodeControl, Song>("decode", baseUrl, async (decoder, calls) => {
    const name = file instanceof File ? file.name : "The recording";
    const settings = { sampleRate, block: REGION, exact: EXACT, file: storage?.name };
    try {
      await calls.guard(decoder.open(file, name, settings), signal);
      const decoded: DecodedBlock[] = [];
      const most = MOST_HOURS * 3600 * sampleRate;
      for (;;) {
        const block = await calls.guard(decoder.next(), signal);
        if (!block) break;
        decoded.push(block);
        const length = decoded.length * REGION;
        const isHeld = block.kept !== undefined;
        if (isHeld && length > most) throw new TooLong(name);
        if (length <= EXACT || decoded.length % LOOK > 0) continue;
        const done = await calls.guard(decoder.progress(), signal);
        if (isHeld && done > 0 && length / done > DOUBT * most) throw new TooLong(name);
        onProgress(done);
      }
      const tags = await calls.guard(decoder.tags(), signal);
      await calls.guard(decoder.close());
      const isStored = decoded.some(({ place }) => place);
      const written = isStored && (await storage?.file());
      if (!written) storage?.free();
      const blocks = decoded.flatMap(({ kept, place }): SongBlock[] => {
        if (kept) return [kept];
        return written && place ? [storedIn(written, place)] : [];
      });
      return songOf(blocks, sampleRate, tags, () => storage?.free());
    } catch (error) {
      // Before the worker ends, so that the file can be removed; one that has ended answers no more.
      await calls.guard(decoder.close()).catch(() => undefined);
      throw error;
    }
  });
}
