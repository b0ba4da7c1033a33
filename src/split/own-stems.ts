// Stems that come with their song: the tracks of a Stem file, or files of one stem each, decoded side by side.
// Any thread.
import type { AudioFile } from "../decode/audio-file.ts";
import { openAudio, type AudioStream } from "../decode/open-audio.ts";
import { stemTracks } from "../decode/stem-file.ts";
import { CHANNELS, PlanarQueue, type Planar } from "../dsp/planar-queue.ts";
import { inDefaultOrder, type Stem } from "../stems.ts";
import { iterated, type Split, type SplitProgress } from "./split-file.ts";
import type { StemChunk } from "./split-stream.ts";
import { resampled } from "./stages/resample-stage.ts";

/** Where a stem is: in a file of its own, or a track of one. */
export interface StemPlace {
  readonly stem: Stem;
  readonly file: AudioFile;
  /** Id of its track, where the file has several. */
  readonly track?: number;
}

export interface StemStream {
  readonly sampleRate: number;
  readonly stems: readonly Stem[];
  /** Left and right of each stem. Iterate to the end or call `return`, so that decoders are freed. */
  readonly blocks: AsyncGenerator<Planar>;
  /** Share that has been decoded, 0 to 1. */
  readonly progress: number;
}

/** Where a Stem file has its stems; undefined where it has none of its own. */
export async function placesIn(file: AudioFile): Promise<StemPlace[] | undefined> {
  const tracks = await stemTracks(file);
  return tracks?.map(({ id, stem }) => ({ stem, file, track: id }));
}

/**
 * Decodes stems in the order in which they are shown. All are as long as the longest: silence follows the others.
 * @param sampleRate by default the first one's
 * @throws DannaError "media" where one cannot be decoded, at once or where the damage is
 */
export async function openStems(
  places: readonly StemPlace[],
  block: number,
  sampleRate?: number,
): Promise<StemStream> {
  const stems = inDefaultOrder(places.map(({ stem }) => stem));
  const opened: AudioStream[] = [];
  const close = () => Promise.all(opened.map(({ blocks }) => blocks.return(undefined)));
  try {
    for (const stem of stems) {
      const { file, track } = places.find((place) => place.stem === stem)!;
      opened.push(await openAudio(file, track));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const rate = sampleRate ?? opened[0].sampleRate;
  async function* blocks(): AsyncGenerator<Planar> {
    try {
      yield* sideBySide(opened, rate, block);
    } finally {
      await close();
    }
  }
  const planes = blocks();
  const end = planes.return.bind(planes);
  planes.return = async (value) => {
    await close(); // a generator that has not begun would not do it
    return end(value);
  };
  return {
    sampleRate: rate,
    stems,
    blocks: planes,
    get progress() {
      return Math.min(...opened.map(({ progress }) => progress));
    },
  };
}

async function* sideBySide(
  streams: readonly AudioStream[],
  rate: number,
  block: number,
): AsyncGenerator<Planar> {
  const lanes = streams.map(({ blocks, sampleRate }) => ({
    blocks: resampled(blocks, CHANNELS, sampleRate, rate),
    queue: new PlanarQueue(CHANNELS),
    ended: false,
  }));
  for (;;) {
    for (const lane of lanes) {
      while (!lane.ended && lane.queue.length < block) {
        const { value, done } = await lane.blocks.next();
        if (done) lane.ended = true;
        else lane.queue.push(value as Planar);
      }
    }
    const length = Math.min(block, Math.max(...lanes.map(({ queue }) => queue.length)));
    if (length === 0) return;
    yield lanes.flatMap(({ queue }) => {
      if (queue.length < length) queue.pushZeros(length - queue.length);
      return queue.take(length);
    });
  }
}

/** Samples of a chunk. */
const CHUNK = 1 << 16;

/** The same as a split that computes nothing. */
export async function ownStems(
  places: readonly StemPlace[],
  options: { signal?: AbortSignal; onProgress?: (progress: SplitProgress) => void } = {},
): Promise<Split> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const stream = await openStems(places, CHUNK);
  const { sampleRate, stems } = stream;
  async function* chunks(): AsyncGenerator<StemChunk, void, undefined> {
    const began = performance.now();
    let start = 0;
    for await (const planes of stream.blocks) {
      signal?.throwIfAborted();
      const entries = stems.map((stem, i) => [stem, [planes[2 * i], planes[2 * i + 1]]]);
      yield { start, sampleRate, stems: Object.fromEntries(entries) as StemChunk["stems"] };
      start += planes[0].length;
      const seconds = start / sampleRate;
      const { progress: done } = stream;
      const time = (performance.now() - began) / 1000;
      const remaining = done > 0 ? (time * (1 - done)) / done : Infinity;
      onProgress?.({ done, seconds, speed: time > 0 ? seconds / time : 0, remaining });
    }
  }
  const cancel = async () => void (await stream.blocks.return(undefined));
  return { sampleRate, channels: CHANNELS, ...iterated(chunks, cancel) };
}
