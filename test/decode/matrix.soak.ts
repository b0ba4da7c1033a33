// The files of the matrix that `npm test` leaves out: codecs in a further container with a further layout.
import { CASES, COVERING } from "./matrix.ts";
import { testReading } from "./matrix-tests.ts";

const covered = new Set(COVERING.map(({ file }) => file));
testReading(CASES.filter(({ file }) => !covered.has(file)));
