// The API reference, generated from the source: `npm run docs` writes docs/api.
import { OptionDefaults } from "typedoc";

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "Danna-Sep Live",
  entryPoints: [
    "src/index.ts",
    "components/index.ts",
    "components/pictures.ts",
    "src/player/index.ts",
    "src/split/index.ts",
    "src/output/index.ts",
    "src/split/node.ts",
    "components/wam/index.ts",
  ],
  out: "docs/api",
  readme: "none",
  // The Custom Elements Manifest's.
  blockTags: [
    ...OptionDefaults.blockTags,
    "@attr",
    "@csspart",
    "@cssproperty",
    "@cssprop",
    "@cssstate",
    "@fires",
    "@slot",
    "@tag",
  ],
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeExternals: true,
  // Lit's own comments link to what is not here.
  validation: { invalidLink: false, notExported: false },
  treatWarningsAsErrors: true,
  // `npm run types` has found them.
  skipErrorChecking: true,
  githubPages: false,
  disableSources: true,
};
