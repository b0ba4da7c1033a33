// Writes the demo pages with what they share: the masthead, in which each is marked as the current one, and
// what apps, tabs and links to a page show of it.
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

const MASTHEAD = "masthead.html";
const HEAD = "head.html";

/** The shared part of a page's head, with the page's own title and description. */
function headOf(page, head) {
  const [, title] = /<title>(.*?)<\/title>/s.exec(page) ?? [];
  const [, description] = /<meta\s+name="description"\s+content="(.*?)"/s.exec(page) ?? [];
  return head.replace("{title}", title).replace("{description}", description);
}

/** Returns the files that were written. */
export async function writePages(from, to) {
  const read = (file) => readFile(path.join(from, file), "utf8");
  const [masthead, head] = await Promise.all([MASTHEAD, HEAD].map(read));
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  const pages = (await readdir(from)).filter(
    (file) => file.endsWith(".html") && file !== MASTHEAD && file !== HEAD,
  );
  await mkdir(to, { recursive: true });
  return Promise.all(
    pages.map(async (file) => {
      const link = `<li><a href="${file === "index.html" ? "./" : file}"`;
      const marked = masthead.replace(link, `${link} aria-current="page"`);
      const page = await read(file);
      const whole = page
        .replace("<!-- masthead -->", marked)
        .replace("<!-- head -->", headOf(page, head))
        .replaceAll("{version}", version);
      await writeFile(path.join(to, file), whole);
      return path.join(to, file);
    }),
  );
}
