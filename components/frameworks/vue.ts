// Types of the elements in Vue's templates: `import type {} from "danna-sep/vue"`. Types only.
import type { HTMLAttributes, ReservedProps } from "vue";
import type { ElementAttributes, Elements, Listeners } from "./attributes.ts";

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Capitalize<Head>}${Camel<Tail>}`
  : Capitalize<S>;

/** In templates `@stem-error`, in render functions `onStemError`. */
type Camelled = {
  [K in keyof Listeners<""> & string as `on${Camel<K>}`]?: Listeners<"">[K];
};

type Tags = {
  [T in keyof Elements]: new () => Elements[T] & {
    $props: Omit<HTMLAttributes, keyof ElementAttributes[T]> &
      Omit<ElementAttributes[T], "key"> &
      ReservedProps &
      Camelled;
  };
};

declare module "vue" {
  interface GlobalComponents extends Tags {}
}
