// Browser side of decode-song.test.ts: a song as the player keeps it, as text. Page.
import { expand } from "../../src/dsp/kept-block.ts";
import { readBlock } from "../../src/dsp/stored-block.ts";
import { decodeSong } from "../../src/player/decode-song.ts";
import { text } from "../decode/matrix-page.ts";

/** Left and right, as bytes in base64, and whether the memory is shared; or the error's code and message. */
export async function decodeSongInPage(
  address: string,
  sampleRate: number,
  baseUrl: string,
): Promise<{ planes: string[]; shared: boolean } | { code: string; message: string }> {
  const file = new File([await (await fetch(address)).blob()], address);
  const context = new OfflineAudioContext(2, 1, sampleRate);
  try {
    const { blocks } = await decodeSong(file, context, baseUrl, new AbortController().signal);
    const kept = await Promise.all(blocks.map(readBlock));
    const expanded = kept.map((block) => expand(block));
    const planes = [0, 1].map((side) => text(expanded.map((block) => block[side])));
    const [[first]] = kept;
    const { buffer } = first instanceof Float32Array ? first : first.high;
    return { planes, shared: !(buffer instanceof ArrayBuffer) };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}
