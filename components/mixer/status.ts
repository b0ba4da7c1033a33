// What the mixer says of the sound in one phrase. Pure; any thread.
import type { PlayerState } from "../../src/player/index.ts";
import { fill, type Texts } from "../core/texts.ts";

/** How long a late hop keeps the mixer busy, in milliseconds. */
const LATE_MARK = 5000;

export interface MixerStatus {
  readonly kind: "loading" | "live" | "improving" | "best" | "busy" | "saving";
  readonly text: string;
}

/** Undefined while nothing loads or plays. `now` is the page's clock in milliseconds. */
export function mixerStatus(
  { status, source, better, latency, lateAt, adapted }: PlayerState,
  texts: Texts,
  lang: string,
  now: number,
): MixerStatus | undefined {
  if (status === "loading") return { kind: "loading", text: texts.statusLoading };
  if (status !== "ready") return undefined;
  if (source?.ownStems) return { kind: "best", text: texts.statusOwn };
  // A song's words and waveform wait for its sound: only what comes from outside is late for anyone.
  if (source?.kind !== "file" && !better?.heard && (adapted || now - lateAt < LATE_MARK)) {
    const seconds = new Intl.NumberFormat(lang, { maximumSignificantDigits: 1 }).format(latency);
    return { kind: "busy", text: fill(texts.statusBusy, { seconds }) };
  }
  if (better && better.ready >= 1) return { kind: "best", text: texts.statusBest };
  if (better && better.ready > 0) {
    const done = percent(lang, better.ready);
    return { kind: "improving", text: fill(texts.statusImproving, { done }) };
  }
  return { kind: "live", text: texts.statusLive };
}

/** As `mixerStatus`, of a compact mixer: only what nothing else in it shows. */
export function compactStatus(
  ...all: Parameters<typeof mixerStatus>
): ReturnType<typeof mixerStatus> {
  const [{ saving }, texts, lang] = all;
  if (saving) return { kind: "saving", text: `${texts.export} ${percent(lang, saving.done)}` };
  const status = mixerStatus(...all);
  return status?.kind === "busy" ? status : undefined;
}

const percent = (lang: string, share: number): string =>
  new Intl.NumberFormat(lang, { style: "percent" }).format(share);
