// Writes the demo pages with the masthead that they share, in which each is marked as the current one.
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

const MASTHEAD = "masthead.html";

/** Returns the files that were written. */
export async function writePages(from, to) {
  const masthead = await readFile(path.join(from, MASTHEAD), "utf8");
  const pages = (await readdir(from)).filter((file) => file.endsWith(".html") && file !== MASTHEAD);
  await mkdir(to, { recursive: true });
  return Promise.all(
    pages.map(async (file) => {
      const link = `<li><a href="${file === "index.html" ? "./" : file}"`;
      const marked = masthead.replace(link, `${link} aria-current="page"`);
      const page = await readFile(path.join(from, file), "utf8");
      await writeFile(path.join(to, file), page.replace("<!-- masthead -->", marked));
      return path.join(to, file);
    }),
  );
}
