// The code blocks of the README and the guides, as the tests take them. Runs in Node.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Block {
  /** File and line, for messages. */
  readonly where: string;
  readonly language: string;
  readonly code: string;
}

const DOCUMENTS = ["README.md", ...readdirSync("docs").map((name) => path.join("docs", name))];
const FENCE = /^```(\S*)\n([^]*?)^```$/gm;

const lineOf = (text: string, index: number) => text.slice(0, index).split("\n").length;

/** Every fenced block, in order of appearance. */
export function codeBlocks(): Block[] {
  const documents = DOCUMENTS.filter((file) => file.endsWith(".md"));
  return documents.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    return [...text.matchAll(FENCE)].map(({ index, 1: language, 2: code }) => ({
      where: `${file}:${lineOf(text, index)}`,
      language,
      code,
    }));
  });
}

/** Where documents have code that is not fenced, and so would be missed. */
export function indentedCode(): string[] {
  const documents = DOCUMENTS.filter((file) => file.endsWith(".md"));
  return documents.flatMap((file) => {
    const text = readFileSync(file, "utf8").replace(FENCE, (block) => block.replace(/^ +/gm, ""));
    return [...text.matchAll(/\n\n {4}\S/g)].map(
      ({ index }) => `${file}:${lineOf(text, index) + 2}`,
    );
  });
}
