// Models by others that are known by their file: what their entries say, and what a person agrees to. Pure data.

export interface KnownModel {
  /** Parsed form of the manifest. */
  readonly entry: {
    readonly name: string;
    readonly file: string;
    readonly bytes: number;
    /** Of the file: 64 lower-case hexadecimal digits. */
    readonly sha256: string;
    readonly [field: string]: unknown;
  };
  /** What a person agrees to. */
  readonly terms: string;
}

export const HTDEMUCS: KnownModel = {
  terms:
    "HTDemucs (Rouard, Massa, Défossez, ICASSP 2023). The weights are Meta's, trained on MUSDB18-HQ\n" +
    "and 800 songs of theirs, and are for personal and research use.",
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
};

export const KNOWN_MODELS: readonly KnownModel[] = [HTDEMUCS];
