// Types of the elements in React's JSX: `import type {} from "danna-sep/react"`. Types only.
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { ElementAttributes, Elements, Listeners } from "./attributes.ts";

type Tags = {
  [T in keyof Elements]: DetailedHTMLProps<
    Omit<HTMLAttributes<Elements[T]>, keyof ElementAttributes[T]>,
    Elements[T]
  > &
    Omit<ElementAttributes[T], "key"> &
    Listeners<"on">;
};

declare module "react" {
  namespace JSX {
    interface IntrinsicElements extends Tags {}
  }
}
