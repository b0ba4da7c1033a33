// Whether a text names a stem. Pure; any thread.
import { STEMS, type Stem } from "../../src/stems.ts";

export function isStem(name: string | null | undefined): name is Stem {
  return (STEMS as readonly unknown[]).includes(name);
}
