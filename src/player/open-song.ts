// Makes what plays a decoded song. Page thread; loaded with the first song.
import { sha256 } from "../util/sha256.ts";
import { outline } from "./outline.ts";
import { BufferTransport } from "./buffer-transport.ts";
import { songOf, type Song } from "./song.ts";
import { SongPlayerNode } from "./song-player-node.ts";
import type { StretchNode } from "./stretch.ts";

export interface OpenedSong {
  readonly song: Song;
  readonly player: SongPlayerNode;
  readonly transport: BufferTransport;
  /** As `outline` gives it. */
  readonly outline: Float32Array;
  /** SHA-256 of the song's file. */
  readonly content: Promise<string>;
  /** Whether device and connection are such that a better model may be fetched and run unasked. */
  readonly mayImprove: boolean;
}

export interface OpenSongOptions {
  readonly context: BaseAudioContext;
  /** How many stems the separator gives. */
  readonly stems: number;
  /** Seconds from the separator's input to its output. */
  readonly latency: number;
  /** Columns of the outline. */
  readonly columns: number;
  readonly getStretch: () => Promise<StretchNode>;
}

/** `addModule` of the mixer's worklet must have been done. */
export function openSong(
  buffer: AudioBuffer,
  file: Blob | ArrayBuffer,
  options: OpenSongOptions,
): OpenedSong {
  const { context, stems, latency, columns, getStretch } = options;
  const song = songOf(buffer);
  const { channels } = song;
  const player = new SongPlayerNode(context, channels, stems, latency);
  const transport = new BufferTransport(context, song, player, getStretch);
  const content = contentOf(file);
  // It is asked for only where stems are computed ahead, and tells of its failure there.
  content.catch(() => undefined);
  const shape = outline(channels, columns);
  return { song, player, transport, outline: shape, content, mayImprove: mayImprove() };
}

async function contentOf(file: Blob | ArrayBuffer): Promise<string> {
  return sha256(new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file));
}

/** A second core to compute on, and nobody who pays by the byte. */
function mayImprove(): boolean {
  const { connection, hardwareConcurrency } = navigator as Navigator & {
    connection?: { saveData?: boolean };
  };
  return hardwareConcurrency > 1 && !connection?.saveData;
}
