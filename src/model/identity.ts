// The identity of a model as its manifests tell it, without its weights. Any thread.
import { sha256 } from "../util/sha256.ts";
import type { ModelStore } from "../split/split-model.ts";

/** Another text for whatever gives other stems: weights, settings, parts of a blend. */
export async function modelId(name: string, store: Pick<ModelStore, "entry">): Promise<string> {
  const entry = await store.entry(name);
  const parts = entry.kind === "blend" ? entry.models : [];
  const entries = [entry, ...(await Promise.all(parts.map(({ model }) => store.entry(model))))];
  return sha256(new TextEncoder().encode(JSON.stringify(entries)));
}
