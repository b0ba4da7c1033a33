// Makes what plays a decoded song. Page thread; loaded with the first song.
import { sha256OfFile } from "../util/sha256.ts";
import { outline, outlineDetail } from "./outline.ts";
import { BufferTransport } from "./buffer-transport.ts";
import type { Song } from "./song.ts";
import type { OwnSound } from "./own/open-own.ts";
import { SongPlayerNode } from "./song-player-node.ts";
import { SongSense, type SongSenseHost } from "./song-sense.ts";
import type { StretchNode } from "./stretch.ts";

export { decodeSong } from "./decode-song.ts";

export interface OpenedSong {
  readonly song: Song;
  readonly player: SongPlayerNode;
  readonly transport: BufferTransport;
  /** The stems that it brings with it. */
  readonly own: OwnSound | undefined;
  /** As `outline` gives it. */
  readonly outline: Float32Array;
  /** As `outlineDetail` gives it, once it has. */
  readonly detail: Float32Array | undefined;
  /** SHA-256 of the song's file. */
  content(): Promise<string>;
  /** What finds tempo and key, clicks and counts; one for as long as it is open. */
  sense(host: SongSenseHost): SongSense;
}

export interface OpenSongOptions {
  readonly context: BaseAudioContext;
  /** How many stems the separator gives. */
  readonly stems: number;
  /** Seconds from the separator's input to its output. */
  readonly latency: number;
  /** Columns of the outline. */
  readonly columns: number;
  readonly getStretch: (channels?: number) => Promise<StretchNode>;
  /** The stems that the song brings with it. */
  readonly own?: OwnSound;
}

/** `addModule` of the mixer's worklet must have been done. */
export function openSong(song: Song, file: Blob, options: OpenSongOptions): OpenedSong {
  const { context, stems, latency, columns, getStretch, own } = options;
  const player = new SongPlayerNode(context, song, { stems, latency, alone: own !== undefined });
  const transport = new BufferTransport(context, song, player, {
    getStretch: () => getStretch(own && 2 * stems),
    ...(own && {
      read: (from: number, to: number) => own.stems.read(from, to),
      destination: own.node.stretched,
    }),
  });
  let hash: Promise<string> | undefined;
  const content = () => (hash ??= sha256OfFile(file));
  const shape = outline(song, columns);
  let detail: Float32Array | undefined;
  const sense = (host: SongSenseHost) => {
    const made = new SongSense(song, transport, host);
    const take = (found: Float32Array) => {
      detail = found;
      host.follow();
    };
    outlineDetail(song, made.signal).then(take, () => undefined);
    return made;
  };
  return {
    ...{ song, player, transport, own, content, sense },
    outline: shape,
    get detail() {
      return detail;
    },
  };
}
