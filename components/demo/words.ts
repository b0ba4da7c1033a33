// Puts the demo pages into the visitor's language while they are read, before anything is drawn; and the elements
// with them, which follow the page's. A classic script in each page's head.
import { LANGUAGES, WORDS } from "./words-table.ts";

/** What people read that is no text of its own. */
const ATTRIBUTES = ["aria-label", "content", "song-title", "title"] as const;
/** Code, and what is written later, is as it is. */
const LEFT = "pre, code, script, style, [translate=no]";

const wished = navigator.languages.map((lang) => lang.split("-")[0].toLowerCase());
const chosen = wished.find((lang) => lang === "en" || LANGUAGES.some((known) => known === lang));
const column = LANGUAGES.findIndex((known) => known === chosen);
if (column >= 0) {
  const html = document.documentElement;
  html.lang = LANGUAGES[column];
  const words = new Map(
    Object.entries(WORDS).map(([english, others]) => [english, others[column]]),
  );
  Object.assign(globalThis, { dannaWords: words });
  /** Undefined where there is nothing to change: a change would be noticed, and changed again. */
  const translated = (text: string): string | undefined => {
    const english = text.replace(/\s+/g, " ").trim();
    const said = words.get(english);
    return said === english ? undefined : said;
  };

  const putText = (node: Node): void => {
    const text = translated(node.nodeValue ?? "");
    if (text === undefined || node.parentElement?.closest(LEFT)) return;
    const [before, after] = [/^\s/, /\s$/].map((end) => (end.test(node.nodeValue!) ? " " : ""));
    node.nodeValue = `${before}${text}${after}`;
  };
  const put = (node: Node): void => {
    if (node instanceof Element) {
      for (const name of ATTRIBUTES) {
        const text = translated(node.getAttribute(name) ?? "");
        if (text !== undefined) node.setAttribute(name, text);
      }
    } else if (node.nodeType === Node.TEXT_NODE) putText(node);
  };
  const putAll = (root: Node): void => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node: Node | null = root; node; node = walker.nextNode()) put(node);
  };

  putAll(html);
  // A text that comes in two pieces is known once it is whole.
  const reading = new MutationObserver((records) => {
    for (const { addedNodes, target, type } of records) {
      if (type === "characterData") put(target);
      else addedNodes.forEach(putAll);
    }
  });
  reading.observe(html, { childList: true, subtree: true, characterData: true });
  document.addEventListener("DOMContentLoaded", () => reading.disconnect());
}
