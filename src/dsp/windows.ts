// Asymmetric analysis and synthesis windows. Pure functions, any thread.

/**
 * Analysis window of length `fftSize` (N): the rising half of a sqrt-Hann of length 2(N − S/2), then
 * the falling half of one of length `synthesisWindow` (S). Long for frequency resolution, with its
 * short fall at the newest samples. (Mauler & Martin, "A low delay, variable resolution, perfect
 * reconstruction spectral analysis-synthesis system for speech enhancement", EUSIPCO 2007; Wood &
 * Rouat, "Unsupervised low latency speech enhancement with RT-GCC-NMF", IEEE JSTSP 2019.)
 */
export function analysisWindow(fftSize: number, synthesisWindow: number): Float64Array {
  const rise = fftSize - synthesisWindow / 2;
  return Float64Array.from({ length: fftSize }, (_, n) =>
    n < rise
      ? Math.sin((Math.PI * (n + 0.5)) / (2 * rise))
      : Math.cos((Math.PI * (n - rise + 0.5)) / synthesisWindow),
  );
}

/**
 * Synthesis window of length `synthesisWindow` (S), for the last S samples of the inverse transform:
 * a Hann window divided by the end of the analysis window, so that the two multiply to the Hann
 * window and overlap-add with a hop of S/2 reconstructs perfectly (same sources).
 */
export function synthesisWindow(fftSize: number, synthesisWindow: number): Float64Array {
  const analysis = analysisWindow(fftSize, synthesisWindow);
  return Float64Array.from({ length: synthesisWindow }, (_, m) => {
    const hann = Math.sin((Math.PI * (m + 0.5)) / synthesisWindow) ** 2;
    return hann / analysis[fftSize - synthesisWindow + m];
  });
}
