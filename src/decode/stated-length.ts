// How long a file of MP3, FLAC or Ogg says that it is. Any thread.
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";
import type { ElementaryFormat } from "./elementary.ts";
import { END_OF_STREAM, LARGEST_PAGE, pageLength } from "./ogg-pages.ts";
import type { Span } from "./sniff.ts";

/**
 * Samples that the file says it has; 0 where it does not say.
 * @throws DannaError "media" when an Ogg file has no end
 */
export async function statedSamples(
  file: AudioFile,
  format: ElementaryFormat,
  span: Span,
): Promise<number> {
  if (format === "mp3") return mp3Samples(file, span);
  await checkLastPage(file, span);
  return 0;
}

/** From the first frame's Xing or Info tag: frames × samples of a frame. */
async function mp3Samples(file: AudioFile, { start }: Span): Promise<number> {
  const head = await file.slice(start, start + 512);
  const text = String.fromCharCode(...head);
  const at = Math.max(text.indexOf("Xing"), text.indexOf("Info"));
  if (at < 0 || at + 12 > head.length || (head[at + 7] & 1) === 0) return 0;
  const mpeg1 = ((head[1] >> 3) & 3) === 3;
  return new DataView(head.buffer, head.byteOffset).getUint32(at + 8) * (mpeg1 ? 1152 : 576);
}

/** An Ogg file's last page says that it is the last, and is there as a whole (RFC 3533, 6). */
async function checkLastPage(file: AudioFile, { end }: Span): Promise<void> {
  const tail = await file.slice(Math.max(0, end - LARGEST_PAGE), end);
  for (let at = tail.length - 27; at >= 0; at--) {
    const length = tail[at] === 0x4f ? pageLength(tail, at) : undefined;
    if (length === undefined) continue;
    if (tail[at + 5] & END_OF_STREAM && at + length <= tail.length) return;
    break;
  }
  throw new DannaError("media", `${file.name} is cut off: its last page is missing. Get it anew.`);
}
