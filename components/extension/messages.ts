// What the popup asks of the page that makes the sound, and what that answers. Types only.
import type { Stem } from "../../src/index.ts";

export type Request =
  /** `stream`: what the browser has given for the tab. */
  | { readonly do: "start"; readonly stream: string; readonly title: string }
  | { readonly do: "gain"; readonly stem: Stem; readonly decibels: number }
  | { readonly do: "tell" };

export interface Answer {
  readonly status: "loading" | "on" | "off" | "error";
  /** Of the tab. */
  readonly title: string;
  /** What went wrong, in words. */
  readonly error: string;
  /** In dB; -60 is silence. */
  readonly gains: Readonly<Record<Stem, number>>;
  /** Peaks of the last moment, linear: what the tab plays, and what is heard of it. */
  readonly input: number;
  readonly output: number;
}
