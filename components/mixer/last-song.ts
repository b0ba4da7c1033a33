// The name of the file that a mixer played before its page was loaded anew, which the page may not open again by
// itself (last-file.ts asks). Kept as long as the tab, for each mixer by page and id. Page thread.
export const keyOf = (mixer: HTMLElement): string =>
  `danna-sep.song:${location.pathname}${mixer.id && `#${mixer.id}`}`;

/** Undefined forgets it. */
export function rememberSong(mixer: HTMLElement, name: string | undefined): void {
  try {
    if (name) sessionStorage.setItem(keyOf(mixer), name);
    else sessionStorage.removeItem(keyOf(mixer));
  } catch {
    // Where nothing may be kept nothing is said after a reload.
  }
}

export function lastSong(mixer: HTMLElement): string | undefined {
  try {
    return sessionStorage.getItem(keyOf(mixer)) ?? undefined;
  } catch {
    return undefined;
  }
}
