// Title, artist and cover from a file's tags. Tags are untrusted: what is given is text and the bytes of a picture, and
// nothing of them is markup. Any thread.
import {
  ADTS,
  FLAC,
  Input,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
  type AttachedImage,
} from "mediabunny";
import type { AudioFile } from "./audio-file.ts";

export interface SongTags {
  readonly title?: string;
  readonly artist?: string;
  /** JPEG, PNG, WebP or GIF. */
  readonly cover?: Blob;
}

/** Most characters of a text, and bytes of a picture. */
const [LONGEST, LARGEST] = [300, 2 ** 23];
/** By the first bytes: a tag may say anything. */
const PICTURES: readonly (readonly [type: string, start: RegExp])[] = [
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/png", /^\x89PNG/],
  ["image/webp", /^RIFF....WEBP/s],
  ["image/gif", /^GIF8/],
];

/** What of it there is; nothing where the file has none, or they cannot be read. */
export async function readTags(file: AudioFile): Promise<SongTags> {
  const formats = [MP3, FLAC, OGG, WAVE, MP4, QTFF, ADTS, WEBM, MATROSKA];
  const input = new Input({ source: file.source(), formats });
  try {
    const { title, artist, images = [] } = await input.getMetadataTags();
    const front = images.find(({ kind }) => kind === "coverFront") ?? images[0];
    const cover = front && pictureOf(front);
    const [name, by] = [lineOf(title), lineOf(artist)];
    return { ...(name && { title: name }), ...(by && { artist: by }), ...(cover && { cover }) };
  } catch {
    return {};
  } finally {
    input.dispose();
  }
}

/** In one line, without what cannot be seen or turns the direction of others. */
const lineOf = (text = ""): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, LONGEST);

function pictureOf({ data }: AttachedImage): Blob | undefined {
  if (data.length > LARGEST) return undefined;
  const start = String.fromCharCode(...data.subarray(0, 12));
  const type = PICTURES.find(([, pattern]) => pattern.test(start))?.[0];
  return type === undefined ? undefined : new Blob([new Uint8Array(data)], { type });
}
