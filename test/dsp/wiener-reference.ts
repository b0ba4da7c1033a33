// The Wiener filter in double precision with explicit matrices of complex numbers, step by step as
// in norbert's expectation_maximization: the reference that the fast one is held against.
export type Complex = readonly [re: number, im: number];
type Matrix = Complex[][];

const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const multiply = (a: Complex, b: Complex): Complex => [
  a[0] * b[0] - a[1] * b[1],
  a[0] * b[1] + a[1] * b[0],
];
const scale = (a: Complex, s: number): Complex => [a[0] * s, a[1] * s];
const conjugate = ([re, im]: Complex): Complex => [re, -im];
const divide = (a: Complex, b: Complex): Complex =>
  scale(multiply(a, conjugate(b)), 1 / (b[0] ** 2 + b[1] ** 2));
const zeros = (): Matrix => [0, 1].map(() => [0, 1].map((): Complex => [0, 0]));
const map2 = (a: Matrix, b: Matrix, f: (a: Complex, b: Complex) => Complex): Matrix =>
  a.map((row, i) => row.map((value, j) => f(value, b[i][j])));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    [0, 1].map((j) => row.reduce((sum: Complex, v, k) => add(sum, multiply(v, b[k][j])), [0, 0])),
  );

function inverse([[a, b], [c, d]]: Matrix): Matrix {
  const determinant = add(multiply(a, d), scale(multiply(b, c), -1));
  return [
    [divide(d, determinant), divide(scale(b, -1), determinant)],
    [divide(scale(c, -1), determinant), divide(a, determinant)],
  ];
}

/** Estimates and mixture as [frame][bin][stem][channel] and [frame][bin][channel]. */
export function reference(
  estimates: Complex[][][][],
  mixture: Complex[][][],
  iterations: number,
  eps: number,
): Complex[][][][] {
  let y = estimates;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const bins = y[0].map((_, bin) => bin);
    const stems = y[0][0].map((_, stem) => stem);
    const power = (channels: Complex[]) =>
      channels.reduce((sum, [re, im]) => sum + re * re + im * im, 0) / channels.length;
    const v = y.map((frame) => frame.map((bin) => bin.map(power)));
    const R = bins.map((bin) =>
      stems.map((stem) => {
        let covariance = zeros();
        let weight = eps;
        y.forEach((frame, t) => {
          const channels = frame[bin][stem];
          const outer = channels.map((a) => channels.map((b) => multiply(a, conjugate(b))));
          covariance = map2(covariance, outer, add);
          weight += v[t][bin][stem];
        });
        return covariance.map((row) => row.map((value) => scale(value, 1 / weight)));
      }),
    );
    y = y.map((frame, t) =>
      frame.map((_, bin) => {
        let Cxx = zeros();
        for (const i of [0, 1]) Cxx[i][i] = [Math.sqrt(eps), 0];
        for (const stem of stems) {
          Cxx = map2(Cxx, R[bin][stem], (sum, r) => add(sum, scale(r, v[t][bin][stem])));
        }
        const inverted = inverse(Cxx);
        return stems.map((stem) => {
          const gain = product(R[bin][stem], inverted).map((row) =>
            row.map((value) => scale(value, v[t][bin][stem])),
          );
          const x = mixture[t][bin];
          return gain.map((row) => add(multiply(row[0], x[0]), multiply(row[1], x[1])));
        });
      }),
    );
  }
  return y;
}
