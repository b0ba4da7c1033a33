// Types of the elements in Solid's JSX: `import type {} from "danna-sep/solid"`. Types only.
import type { JSX } from "solid-js";
import type { ElementAttributes, Elements, Listeners } from "./attributes.ts";

/** Objects go to properties by "prop:". */
type Forced<A> = { [K in keyof A & string as `prop:${K}`]?: A[K] };

type Tags = {
  [T in keyof Elements]: Omit<JSX.HTMLAttributes<Elements[T]>, keyof ElementAttributes[T]> &
    ElementAttributes[T] &
    Forced<ElementAttributes[T]> &
    Listeners<"on:">;
};

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements extends Tags {}
  }
}
