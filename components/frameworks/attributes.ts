// What frameworks may set on the elements: their writable properties, these by the names of attributes, and
// listeners. Types only.
import type { LitElement } from "lit";
import type { EventDetails, RequestDetails } from "../constants.ts";
import type {} from "../karaoke.ts";
import type {} from "../pictures.ts";

interface Tags {
  "gain-knob": HTMLElementTagNameMap["gain-knob"];
  "level-meter": HTMLElementTagNameMap["level-meter"];
  "spectrum-view": HTMLElementTagNameMap["spectrum-view"];
  "stem-lyrics": HTMLElementTagNameMap["stem-lyrics"];
  "stem-mixer": HTMLElementTagNameMap["stem-mixer"];
  "stem-pitch": HTMLElementTagNameMap["stem-pitch"];
  "stem-singer": HTMLElementTagNameMap["stem-singer"];
  "stem-strip": HTMLElementTagNameMap["stem-strip"];
  "stem-timeline": HTMLElementTagNameMap["stem-timeline"];
}

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type IsWritable<E, K extends keyof E> = Same<{ [P in K]: E[P] }, { -readonly [P in K]: E[P] }>;

/** Writable properties that an element has beyond those of every element. */
type Properties<E> = {
  [
    K in keyof E as K extends keyof LitElement
      ? never
      : E[K] extends (...args: never[]) => unknown
        ? never
        : IsWritable<E, K> extends true
          ? K
          : never
  ]?: E[K] | undefined;
};

type Kebab<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? "" : "-"}${Lowercase<Head>}${Kebab<Tail>}`
  : "";

/** Strings, numbers and switches under the names of their attributes. */
type Attributes<E> = {
  [
    K in keyof Properties<E> & string as NonNullable<Properties<E>[K]> extends
      | string
      | number
      | boolean
      ? Kebab<K>
      : never
  ]?: Properties<E>[K] | (NonNullable<Properties<E>[K]> extends string ? never : string);
};

type Details = RequestDetails & EventDetails;

/** A listener for every event, under a name with a prefix: "on", or "on:". */
export type Listeners<Prefix extends string> = {
  [K in keyof Details & string as `${Prefix}${K}`]?:
    | ((event: CustomEvent<Details[K]>) => void)
    | undefined;
};

/** By tag, without what frameworks give every element. */
export type ElementAttributes = {
  [T in keyof Tags]: Properties<Tags[T]> &
    Attributes<Tags[T]> &
    (T extends "stem-mixer" ? { key?: number | string | undefined } : object);
};

/** By tag, the element itself. */
export type Elements = Tags;
