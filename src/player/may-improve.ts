// Whether a better model may be fetched and run unasked. Page thread.

/** A second core to compute on, and nobody who pays by the byte. */
export function mayImprove(): boolean {
  const { connection, hardwareConcurrency } = navigator as Navigator & {
    connection?: { saveData?: boolean };
  };
  return hardwareConcurrency > 1 && !connection?.saveData;
}
