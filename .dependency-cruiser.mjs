// Who may import whom, checked by `npm run lint`; docs/architecture.md says why. Types count as well.

/** What every folder may import. */
const GROUND = ["errors", "stems", "util"];
/** Each layer may import those before it; folders of one layer do not import each other. */
const LAYERS = [
  ["dsp", "ring"],
  ["model", "decode", "sources", "analysis"],
  ["engine"],
  ["live", "split"],
  ["index", "output"],
  ["player"],
  ["cli", "embed"],
];

/** The files that are public, each as `danna-sep` or `danna-sep/…`. */
const FACES = ["src/index.ts", "src/(player|player/singer|split|output)/index.ts"];
/** What the audio thread and the threads around it say to each other: plain data. */
const PROTOCOLS = ["src/(live|player)/protocol.ts"];

/** A regular expression for files; names without a folder are files or folders of src/. */
const files = (names) =>
  names.map((name) => (name.includes("/") ? `^${name}` : `^src/${name}[/.]`));

const only = (folder, allowed) => ({
  name: `${folder}-imports`,
  comment: `May import: ${allowed.join(", ") || "nothing of ours"}.`,
  severity: "error",
  from: { path: files([folder]) },
  to: { path: "^(src|worklets|components)/", pathNot: files([folder, ...allowed]) },
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circles",
      comment: "Files that import each other, however far around, are one thing or need a third.",
      severity: "error",
      from: { path: "^(src|worklets|components)/" },
      to: { circular: true },
    },
    only("errors", []),
    only("stems", ["errors"]),
    only("util", ["errors"]),
    ...LAYERS.flatMap((layer, i) =>
      layer.map((folder) => only(folder, [...GROUND, ...LAYERS.slice(0, i).flat()])),
    ),
    only("worklets/", ["errors", "stems", "dsp", "ring", ...PROTOCOLS]),
    only("components/", [...GROUND, ...FACES]),
    {
      name: "nothing-imports-tests",
      comment: "What is delivered must not need the tests.",
      severity: "error",
      from: { path: "^(src|worklets|components)/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default"] },
  },
};
