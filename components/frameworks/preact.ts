// Types of the elements in Preact's JSX: `import type {} from "danna-sep/preact"`. Types only.
import type { HTMLAttributes } from "preact";
import type { ElementAttributes, Elements, Listeners } from "./attributes.ts";

type Tags = {
  [T in keyof Elements]: Omit<
    HTMLAttributes<Elements[T]>,
    Exclude<keyof ElementAttributes[T], "key">
  > &
    Omit<ElementAttributes[T], "key"> &
    Listeners<"on">;
};

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements extends Tags {}
  }
}
