// Opens a song that brings its own stems: a Stem file, or files of one stem each. Page thread; loaded with the first
// such song.
import { stemsAmong } from "../../decode/stem-names.ts";
import { DannaError } from "../../errors.ts";
import type { KeptBlock } from "../../dsp/kept-block.ts";
import type { SentStem, StemsDecodeControl } from "../../split/workers/stems-decoder.ts";
import type { Stem } from "../../stems.ts";
import { isStemFileName } from "../../util/file-name.ts";
import { REGION } from "../protocol.ts";
import { EXACT, songOf, type Song } from "../song.ts";
import { withSongWorker } from "../song-worker.ts";
import { OwnStems } from "./own-stems.ts";
import { OwnStemsNode } from "./own-stems-node.ts";

/** A song's own stems, and the node that they are heard from. */
export interface OwnSound {
  readonly stems: OwnStems;
  readonly node: OwnStemsNode;
}

export interface OwnSong {
  /** Its samples are the sum of its stems. */
  readonly song: Song;
  readonly own: OwnSound;
}

/** Most stems: with their weight they fit into the channels that a node may have. */
const MOST = 15;
/** What has nothing to do with sound in a folder of stems. */
const AUDIO = /\.(wav|wave|rf64|bw64|flac|mp2|mp3|ogg|oga|opus|aac|m4a|m4b|mp4|webm|weba|mka)$/i;

/**
 * What files of one stem each hold, by their names.
 * @param name of their folder; may be empty
 * @throws DannaError "input" where no name is a stem's, two are the same, or there are too many
 */
export function stemFiles(
  files: readonly File[],
  name: string,
): { readonly song: string; readonly sent: readonly SentStem[] } {
  const sounds = files.filter((file) => AUDIO.test(file.name) && !isStemFileName(file.name));
  const { song, stems: found } = stemsAmong(
    sounds,
    sounds.map((file) => file.name.replace(/\.[^.]*$/, "")),
  );
  const folder = name ? `The folder ${name}` : "This selection";
  if (found.length < 2) {
    const what = found.length > 0 ? `only one stem, ${found[0].file.name}` : "no stems";
    throw new DannaError(
      "input",
      `${folder} holds ${what}. Name two files or more after their stems: vocals.wav, drums.wav, ` +
        "bass.wav, other.wav, or SONG_vocals.wav and so on.",
    );
  }
  if (found.length > MOST) {
    throw new DannaError(
      "input",
      `${folder} holds ${found.length} stems. Mix some of them together: up to ${MOST} are played.`,
    );
  }
  const sent = found.map(({ file, stem }) => ({ blob: file, name: file.name, stem }));
  return { song, sent };
}

/**
 * Decodes all stems at the context's rate.
 * @param sent one Stem file, or files of one stem each
 * @param baseUrl folder of the built files
 * @returns undefined for a file without stems of its own
 * @throws DannaError "media" that names the file that cannot be decoded; the signal's reason
 */
export function openOwnStems(
  sent: readonly SentStem[],
  context: BaseAudioContext,
  baseUrl: string | URL | undefined,
  signal: AbortSignal,
): Promise<OwnSong | undefined> {
  const { sampleRate } = context;
  return withSongWorker<StemsDecodeControl, OwnSong | undefined>(
    "decodeStems",
    baseUrl,
    async (decoder, calls) => {
      const settings = { sampleRate, block: REGION, exact: EXACT };
      const opened = await calls.guard(decoder.open(sent, settings), signal);
      if (!opened) return undefined;
      const blocks: KeptBlock[] = [];
      const regions: Blob[] = [];
      const cells: Float32Array[] = [];
      for (;;) {
        const region = await calls.guard(decoder.next(), signal);
        if (!region) break;
        blocks.push(region.mixture);
        regions.push(new Blob([region.packed]));
        cells.push(region.cells);
      }
      const song = songOf(blocks, sampleRate, opened.tags);
      const names: readonly Stem[] = opened.stems;
      const stems = new OwnStems(song, names, regions, cells);
      return { song, own: { stems, node: new OwnStemsNode(context, names) } };
    },
  );
}
