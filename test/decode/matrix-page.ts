// Browser side of matrix.test.ts: what the page decodes of a file, as text. Page.
import { blobFile } from "../../src/decode/audio-file.ts";
import { openAudio } from "../../src/decode/open-audio.ts";

/** Left and right, as bytes in base64; or the error's code and message. */
export async function decodeInPage(
  address: string,
  name: string,
): Promise<{ rate: number; planes: string[] } | { code: string; message: string }> {
  const blob = await (await fetch(address)).blob();
  try {
    const stream = await openAudio(blobFile(blob, name));
    const blocks: (readonly Float32Array[])[] = [];
    for await (const block of stream.blocks) blocks.push(block);
    const planes = [0, 1].map((side) => text(blocks.map((block) => block[side])));
    return { rate: stream.sampleRate, planes };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

/** Samples as bytes in base64. */
export function text(parts: readonly Float32Array[]): string {
  let letters = "";
  for (const part of parts) {
    const bytes = new Uint8Array(part.slice().buffer);
    for (let at = 0; at < bytes.length; at += 8192) {
      letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
    }
  }
  return btoa(letters);
}
