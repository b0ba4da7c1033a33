// What a mixer's tab keeps until it is closed, for each mixer by page and id: the name of the file that it played before its
// page was loaded anew, which the page may not open again by itself (last-file.ts asks), its mixes (last-mix.ts) and devices
// (devices.ts). Page thread.
type Kept = "song" | "mix" | "input" | "output";

export const keyOf = (mixer: HTMLElement, what: Kept = "song"): string =>
  `danna-sep.${what}:${location.pathname}${mixer.id && `#${mixer.id}`}`;

/** Undefined forgets it. Where nothing may be kept, nothing is there after a reload. */
export function keep(mixer: HTMLElement, what: Kept, value: string | undefined): void {
  try {
    if (value) sessionStorage.setItem(keyOf(mixer, what), value);
    else sessionStorage.removeItem(keyOf(mixer, what));
  } catch {
    // As above.
  }
}

export function keptOf(mixer: HTMLElement, what: Kept): string | undefined {
  try {
    return sessionStorage.getItem(keyOf(mixer, what)) ?? undefined;
  } catch {
    return undefined;
  }
}
