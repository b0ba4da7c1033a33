// What is known of a source before it is open. Page thread.
import { songName } from "../util/file-name.ts";
import type { LatencyMode } from "../index.ts";
import type { LiveModel } from "../model/built-files.ts";
import type { SourceRequest } from "./actions.ts";
import type { SourceKind } from "./state.ts";

/** The element that is wanted now. */
export const elementOf = ({ element }: Extract<SourceRequest, { kind: "element" }>) =>
  typeof element === "function" ? element() : element;

/** What a source is called before it is open. */
export function titleOf(request: SourceRequest): string {
  if (request.kind === "stems") return request.name ?? "";
  if (request.kind === "file") {
    return request.file instanceof File ? request.file.name.replace(/(\.stem)?\.[^.]+$/i, "") : "";
  }
  return request.kind === "url" ? urlTitle(request.url) : "";
}

/** The file's name in an address; one that is made of data, or of an object's number, has none. */
function urlTitle(url: string | URL): string {
  const address = String(url);
  return /^(data|blob):/i.test(address.trim()) ? "" : songName(address);
}

export const kindOf = ({ kind }: SourceRequest): SourceKind =>
  kind === "url" || kind === "stems" ? "file" : kind;

/** Whether a source sounds by itself, and so has no transport. */
export const isLiveKind = (kind: SourceKind): boolean => kind === "microphone" || kind === "tab";

/**
 * The model for a source where none is named. What nobody hears beside its original may come later, and in
 * the latency mode "safe" it does: then the model that looks ahead costs no time. What one plays or sings
 * oneself never takes it.
 */
export const defaultModel = (
  kind: SourceRequest["kind"] | undefined,
  latencyMode: LatencyMode,
): LiveModel =>
  kind !== undefined && kind !== "microphone" && latencyMode === "safe" ? "karaoke" : "live";
