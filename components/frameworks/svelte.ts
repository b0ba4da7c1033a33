// Types of the elements in Svelte's markup: `import type {} from "danna-sep/svelte"`. Types only.
import type { HTMLAttributes } from "svelte/elements";
import type { ElementAttributes, Elements, Listeners } from "./attributes.ts";

type Tags = {
  [T in keyof Elements]: Omit<HTMLAttributes<Elements[T]>, keyof ElementAttributes[T]> &
    ElementAttributes[T] &
    Listeners<"on" | "on:">;
};

declare module "svelte/elements" {
  interface SvelteHTMLElements extends Tags {}
}
