// `npm run build:site -- [FOLDER]`: the demo pages with all that they load, in a folder (by default
// site/) that any file host serves as it is, under any path. Run after a build.
import { cp, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const folder = process.argv[2] ?? "site";
const built = "dist";

/** For Node, for bundlers and for debugging: no page loads them. */
const ELSEWHERE = /^(types|wam|extension|(cli|node(-\w+)?)\.js|custom-elements\.json)$|\.map$/;

await rm(folder, { recursive: true, force: true });
await cp(built, folder, {
  recursive: true,
  filter: (file) => !ELSEWHERE.test(path.relative(built, file)),
});
await writeFile(
  path.join(folder, "index.html"),
  `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Danna-Sep Live</title>
  <meta http-equiv="refresh" content="0; url=demo/" />
  <a href="demo/">Danna-Sep Live</a>
</html>
`,
);
console.log(`The demo pages are in ${folder}/`);
