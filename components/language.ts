// Which language an element speaks. Page thread.
import { hasTexts, loadTexts, textsFor, type Texts } from "./core/texts.ts";

/**
 * The `lang` of the nearest element that has one, looking out of shadow trees too; "en" where there is none, or no words
 * of it.
 */
export function languageOf(element: Element): string {
  let node: Node | null = element;
  while (node) {
    if (node instanceof Element && node.hasAttribute("lang")) {
      return knownTag(node.getAttribute("lang") ?? "");
    }
    node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
  }
  return "en";
}

/** `tag` where `Intl` takes it and there are words of it, "en" otherwise: a page's `lang` may hold anything. */
function knownTag(tag: string): string {
  try {
    const [known = "en"] = Intl.getCanonicalLocales(tag);
    return hasTexts(known) ? known : "en";
  } catch {
    return "en";
  }
}

/** The texts an element shows; where they are still to be loaded, it renders again with them. */
export function textsOf(element: Element & { requestUpdate(): void }): Texts {
  const lang = languageOf(element);
  void loadTexts(lang)?.then(() => element.requestUpdate());
  return textsFor(lang);
}
