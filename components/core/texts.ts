// Every text the elements show or speak, by language, and how a host replaces them. Pure; any
// thread, any runtime. `{name}` in a text is filled in.
import { english } from "./texts-en.ts";
import { german } from "./texts-de.ts";
import { french } from "./texts-fr.ts";
import { spanish } from "./texts-es.ts";

export type Texts = Readonly<Record<keyof typeof english, string>>;
export type TextKey = keyof Texts;

const languages = new Map<string, Partial<Texts>>([
  ["en", english],
  ["de", german],
  ["fr", french],
  ["es", spanish],
]);

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
  return { ...english, ...languages.get(key.split("-")[0]), ...languages.get(key) };
}

/** `text` with each `{name}` replaced by that value; unknown names stay as they are. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
