// The code blocks of the READMEs and the guides, as the tests take them. Runs in Node.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Block {
  /** File and line, for messages. */
  readonly where: string;
  /** The document's folder. */
  readonly folder: string;
  readonly language: string;
  readonly code: string;
}

const FOLDERS = [".", "docs", "models", "models/training", "components/demo/song"];
const DOCUMENTS = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join(folder, name)),
);
const FENCE = /^```(\S*)\n([^]*?)^```$/gm;

const lineOf = (text: string, index: number) => text.slice(0, index).split("\n").length;

/** Every fenced block, in order of appearance. */
export function codeBlocks(): Block[] {
  return DOCUMENTS.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    return [...text.matchAll(FENCE)].map(({ index, 1: language, 2: code }) => ({
      where: `${file}:${lineOf(text, index)}`,
      folder: path.dirname(file),
      language,
      code,
    }));
  });
}

/** Where documents have code that is not fenced, and so would be missed. */
export function indentedCode(): string[] {
  return DOCUMENTS.flatMap((file) => {
    const text = readFileSync(file, "utf8").replace(FENCE, (block) => block.replace(/^ +/gm, ""));
    return [...text.matchAll(/\n\n {4}\S/g)].map(
      ({ index }) => `${file}:${lineOf(text, index) + 2}`,
    );
  });
}
