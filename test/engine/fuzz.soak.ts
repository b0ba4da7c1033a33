// Models are untrusted input: the long fuzz of manifests and files.
import { test } from "node:test";
import { fuzzManifests, fuzzModels } from "./fuzz.ts";

test("damaged manifests are read or refused", (t) => fuzzManifests(t, 50_000));

test("damaged and senseless models are run or refused", (t) => fuzzModels(t, 8000));
