// Every text the elements show or speak, by language, and how a host replaces them. Pure; any
// thread, any runtime. `{name}` in a text is filled in.
import { DEFAULT_STEMS, type Stem } from "../../src/stems.ts";
import { english } from "./texts-en.ts";
import type { karaokeEnglish } from "./texts-en-karaoke.ts";
import type { moreEnglish } from "./texts-en-more.ts";

export type TextKey = keyof typeof english | keyof typeof moreEnglish | keyof typeof karaokeEnglish;
export type Texts = Readonly<Record<TextKey, string>>;

/** What holes are filled from. Texts of parts that are loaded later are there when these are. */
let reference = english as Texts;
const languages = new Map<string, Partial<Texts>>();

/** Shipped languages that have not been asked for yet. */
const shipped = new Map<string, () => Promise<Texts>>([
  ["de", async () => (await import("./texts-de.ts")).german],
  ["fr", async () => (await import("./texts-fr.ts")).french],
  ["es", async () => (await import("./texts-es.ts")).spanish],
]);
const loading = new Map<string, Promise<void>>();

/**
 * Loads a language's texts where they are shipped and not there yet; undefined where there is
 * nothing to wait for. Texts that cannot be had stay English.
 */
export function loadTexts(lang: string): Promise<void> | undefined {
  const key = lang.toLowerCase().split("-")[0];
  const load = shipped.get(key);
  if (load) {
    shipped.delete(key);
    const take = (texts: Texts) => languages.set(key, { ...texts, ...languages.get(key) });
    const done = load()
      .then(take, () => undefined)
      .then(() => void loading.delete(key));
    loading.set(key, done);
  }
  return loading.get(key);
}

/** Whether a language has texts, or will have: figures are said in a language only with its words. */
export function hasTexts(lang: string): boolean {
  const key = lang.toLowerCase();
  const base = key.split("-")[0];
  return (
    base === "en" ||
    [key, base].some((name) => languages.has(name) || shipped.has(name) || loading.has(name))
  );
}

/** Adds the texts of a part that was loaded. */
export function extendEnglish(texts: Partial<Texts>): void {
  reference = { ...reference, ...texts };
}

/**
 * Adds a language, or replaces single texts of one, for all elements rendered from then on.
 * `lang` is a BCP 47 tag; "pt-BR" falls back to "pt" and then to English, text by text.
 */
export function defineTexts(lang: string, texts: Partial<Texts>): void {
  const key = lang.toLowerCase();
  languages.set(key, { ...languages.get(key), ...texts });
}

/** All texts of a language, holes filled from its base language and from English. */
export function textsFor(lang: string): Texts {
  const key = lang.toLowerCase();
  return { ...reference, ...languages.get(key.split("-")[0]), ...languages.get(key) };
}

/** `text` with each `{name}` replaced by that value; unknown names stay as they are. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A stem's name for people; one that has no text is called as its model calls it. */
export function stemName(texts: Texts, stem: Stem): string {
  const known = DEFAULT_STEMS.find((name) => name === stem);
  return known ? texts[known] : stem;
}
