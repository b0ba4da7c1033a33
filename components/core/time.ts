// Times as people read and hear them. Pure; any thread, any runtime.

/** Whole seconds, cut off; what lacks less than 10 ms of one, as 80 s at another rate may, is that. */
const wholeSeconds = (seconds: number): number => Math.max(0, Math.floor(seconds + 0.01));

/** "1:05", "1:02:05"; "–:––" for an unknown time. Fractions of a second are cut off. */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = wholeSeconds(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "1 minute 5 seconds" in a language, for screen readers. */
export function speakTime(seconds: number, lang = "en"): string {
  const whole = Number.isFinite(seconds) ? wholeSeconds(seconds) : 0;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const say = (value: number, unit: string) =>
    new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(value);
  return [
    ...(h > 0 ? [say(h, "hour")] : []),
    ...(m > 0 ? [say(m, "minute")] : []),
    ...(s > 0 || whole === 0 ? [say(s, "second")] : []),
  ].join(" ");
}

/** "3.4 MB": a size in bytes in a language, with the decimal prefixes browsers use. */
export function formatBytes(bytes: number, lang = "en"): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(lang, {
    style: "unit",
    unit: units[power],
    maximumFractionDigits: power >= 2 ? 1 : 0,
  }).format(bytes / 1000 ** power);
}
