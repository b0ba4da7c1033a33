// What a written file says of its song: the recording's tags, with what of it is in the file. Any thread.
import type { MetadataTags } from "mediabunny";
import type { SongTags } from "../decode/tags.ts";

/** @param label of the stem or mix, which stands behind the title */
export async function fileTags(
  { title, artist, cover }: SongTags,
  label: string,
): Promise<MetadataTags> {
  return {
    ...(title && { title: `${title} (${label})` }),
    ...(artist && { artist }),
    ...(cover && {
      images: [
        {
          data: new Uint8Array(await cover.arrayBuffer()),
          mimeType: cover.type,
          kind: "coverFront" as const,
        },
      ],
    }),
  };
}
