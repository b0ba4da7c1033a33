// The licences of what the built files hold of others' work.
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** What a package holds of others' work without saying so in its own licence file. */
const NOTICES = {
  "@mediabunny/aac-encoder":
    "Its WebAssembly holds FFmpeg's AAC encoder (libavcodec and libavutil, https://ffmpeg.org), which is\n" +
    "free software under the GNU Lesser General Public License, version 2.1 or later\n" +
    "(https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html). The package's README tells how it is\n" +
    "built from FFmpeg's sources, so that it can be replaced.",
  "@mediabunny/mp3-encoder":
    "Its WebAssembly holds LAME (https://lame.sourceforge.io), which is free software under the GNU Lesser\n" +
    "General Public License, version 2 or later (https://www.gnu.org/licenses/old-licenses/lgpl-2.0.html).\n" +
    "The package's README tells how it is built from LAME's sources, so that it can be replaced.",
};

/** One text with the licences of all packages that are named, equal ones once; returns the file. */
export async function writeLicences(packages, file) {
  const first = new Map();
  const texts = [];
  for (const name of [...packages].sort()) {
    const folder = path.join("node_modules", name);
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json")));
    const text = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const own = text ? (await readFile(path.join(folder, text), "utf8")).trim() : "";
    const body = first.has(own) ? `The same text as that of ${first.get(own)}, above.` : own;
    if (own && !first.has(own)) first.set(own, name);
    const notice = NOTICES[name] ? `\n${NOTICES[name]}\n` : "";
    texts.push(`${name} ${version}: ${license}\n\n${body}\n${notice}`);
  }
  await writeFile(file, texts.join(`\n${"-".repeat(80)}\n\n`));
  return [file];
}
