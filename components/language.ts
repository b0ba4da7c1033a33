// Which language an element speaks. Page thread.
import { loadTexts, textsFor, type Texts } from "./core/texts.ts";

/** The `lang` of the nearest element that has one, looking out of shadow trees too; else "en". */
export function languageOf(element: Element): string {
  let node: Node | null = element;
  while (node) {
    if (node instanceof Element && node.hasAttribute("lang")) {
      return validTag(node.getAttribute("lang") ?? "");
    }
    node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
  }
  return "en";
}

/** `tag` where `Intl` takes it, "en" otherwise: a page's `lang` may hold anything. */
function validTag(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? "en";
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
