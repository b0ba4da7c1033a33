// Models are untrusted input: a short fuzz of manifests and files. `npm run test:soak` has the long one.
import { test } from "node:test";
import { fuzzManifests, fuzzModels } from "./fuzz.ts";

test("damaged manifests are read or refused", (t) => fuzzManifests(t, 400));

test("damaged and senseless models are run or refused", (t) => fuzzModels(t, 120));
