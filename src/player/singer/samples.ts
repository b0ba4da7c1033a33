// The samples of what a recorder has written. Page thread.
import { blobFile } from "../../decode/audio-file.ts";
import { openAudio } from "../../decode/open-audio.ts";
import { joined, type Planar } from "../../dsp/planar-queue.ts";

/** Stereo blocks, in order. @throws DannaError "media" as `openAudio` */
export async function blocksOf(file: File): Promise<AsyncGenerator<Planar>> {
  return (await openAudio(blobFile(file))).blocks;
}

/** The left side as a whole. @throws as `blocksOf`; empty where nothing was recorded */
export async function leftOf(file: File): Promise<Float32Array> {
  const blocks: Planar[] = [];
  for await (const block of await blocksOf(file)) blocks.push(block);
  return joined(blocks, 2)[0];
}
