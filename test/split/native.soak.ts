// The preset "studio" on both runtimes: two networks and the Wiener filter. Runs in Node.
import { test } from "node:test";
import { runtimesAgree } from "./runtimes.ts";

test("studio: stems of the native runtime and of WebAssembly agree to 80 dB", () =>
  runtimesAgree("studio"));
