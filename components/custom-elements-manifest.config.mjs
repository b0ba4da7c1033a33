// How the Custom Elements Manifest is built from the elements' JSDoc. Run by `npm run manifest`.
const inherited = /^(Lit|Reactive)Element$/;

/** Elements that are not in `dist/stem-mixer.js`. */
const FILES = {
  "spectrum-view": "pictures",
  "stem-timeline": "pictures",
  "stem-lyrics": "karaoke",
  "stem-pitch": "karaoke",
  "stem-singer": "karaoke",
};

export default {
  globs: ["components/*.ts"],
  exclude: [
    "components/index.ts",
    "components/karaoke.ts",
    "components/pictures.ts",
    "components/drawings.ts",
    "components/constants.ts",
  ],
  outdir: "dist",
  litelement: true,
  packagejson: false,
  plugins: [
    {
      name: "public-face-only",
      packageLinkPhase({ customElementsManifest }) {
        const isPublic = ({ privacy, name, description }) =>
          privacy !== "private" &&
          privacy !== "protected" &&
          !name.startsWith("#") &&
          !/@internal/.test(description ?? "");
        for (const module of customElementsManifest.modules) {
          // Where the built package has it.
          const [, file = "stem-mixer"] =
            Object.entries(FILES).find(([name]) => module.path.endsWith(`${name}.ts`)) ?? [];
          module.path = `dist/${file}.js`;
          // A base class without a tag is in the members of the elements that extend it.
          module.declarations = module.declarations.filter(({ tagName }) => tagName);
          for (const declaration of module.declarations) {
            declaration.members = declaration.members?.filter(isPublic);
            // Without the analyzer's guess at what a variable event name could be.
            declaration.events = declaration.events?.filter(({ name }) => name?.includes("-"));
            if (inherited.test(declaration.superclass?.name)) {
              declaration.superclass.package = "lit";
            }
          }
          for (const entry of module.exports ?? []) {
            if (entry.declaration.module) entry.declaration.module = module.path;
          }
        }
        customElementsManifest.modules = customElementsManifest.modules.filter(
          ({ declarations }) => declarations.length > 0,
        );
      },
    },
  ],
};
