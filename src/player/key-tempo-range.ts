// Key and tempo: ranges and texts. Pure; any thread, any runtime.

/** Key shift in semitones. */
export const KEY_RANGE = { min: -6, max: 6, step: 1 } as const;
/** Tempo as a factor of the original one. */
export const TEMPO_RANGE = { min: 0.5, max: 1.5, step: 0.05 } as const;

export function clampKey(semitones: number): number {
  if (!Number.isFinite(semitones)) return 0;
  return Math.min(KEY_RANGE.max, Math.max(KEY_RANGE.min, Math.round(semitones))) + 0;
}

/** Clamped and rounded to whole per cent. */
export function clampTempo(factor: number): number {
  if (!Number.isFinite(factor)) return 1;
  const percent = Math.round(factor * 100);
  return Math.min(TEMPO_RANGE.max * 100, Math.max(TEMPO_RANGE.min * 100, percent)) / 100;
}

/** "+2", "0", "−3". */
export function formatKey(semitones: number): string {
  if (semitones === 0) return "0";
  return `${semitones > 0 ? "+" : "−"}${Math.abs(semitones)}`;
}

/** "85 %", "85%" – as the language writes it. */
export function formatTempo(factor: number, lang = "en"): string {
  return new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(factor);
}
