// How loud stems are in short stretches of a fixed number of samples ("cells"), and what that makes of columns of
// any width. Pure; any thread.
import { CHANNELS, type Planar } from "./planar-queue.ts";

/** Samples of a cell: 3 ms. The last is shorter. */
export const CELL = 128;

/** Mean squares over left and right of each stem, cell by cell. */
export function cellsOf(planes: Planar): Float32Array<ArrayBuffer> {
  const stems = planes.length / CHANNELS;
  const [{ length }] = planes;
  const cells = new Float32Array(Math.ceil(length / CELL) * stems);
  for (let from = 0, at = 0; from < length; from += CELL) {
    const to = Math.min(length, from + CELL);
    for (let s = 0; s < stems; s++, at++) {
      let sum = 0;
      for (let c = 0; c < CHANNELS; c++) {
        const plane = planes[CHANNELS * s + c];
        for (let i = from; i < to; i++) sum += plane[i] ** 2;
      }
      cells[at] = sum / CHANNELS / (to - from);
    }
  }
  return cells;
}

/**
 * RMS amplitudes of each stem in `columns` equal stretches of `length` samples, by column, then stem.
 * @param cells of the whole, as `cellsOf` gives them
 */
export function columnLevels(
  cells: Float32Array,
  { length, stems, columns }: { length: number; stems: number; columns: number },
): Float32Array {
  const levels = new Float32Array(columns * stems);
  const last = cells.length / stems;
  for (let c = 0; c < columns; c++) {
    const from = Math.min(last - 1, Math.floor((c * length) / columns / CELL));
    const to = Math.max(from + 1, Math.min(last, Math.floor(((c + 1) * length) / columns / CELL)));
    for (let s = 0; s < stems; s++) {
      let sum = 0;
      for (let cell = from; cell < to; cell++) sum += cells[cell * stems + s];
      levels[c * stems + s] = Math.sqrt(sum / (to - from));
    }
  }
  return levels;
}
