// What a snapshot says of the source: taken from what is open or asked for. Pure but for reading it; page thread.
import type { Interruption } from "../index.ts";
import type { SourceRequest } from "./actions.ts";
import type { OpenSource } from "./open-source.ts";
import { isLiveKind, kindOf, titleOf } from "./requests.ts";
import type { PlayerStatus, SourceInfo } from "./state.ts";

const SUSPENDED: Interruption = Object.freeze({ reason: "suspended" });
/** What keeps a device from being heard, and is graver than a sleeping context. */
const LOST: readonly string[] = ["unplugged", "refused", "failed", "muted"];

/**
 * Of what is open, or else of what is asked for. `chosen`: what "choose" has named; `file`: what is known of a media
 * element's.
 */
export function sourceInfo(
  source: OpenSource | undefined,
  request: SourceRequest | undefined,
  chosen: SourceRequest | undefined,
  file?: Partial<Pick<SourceInfo, "outline" | "detail" | "staysLive">>,
): SourceInfo | undefined {
  if (!source && !request) return undefined;
  const isGuest = request !== chosen;
  const kind = source?.kind ?? kindOf(request!);
  return {
    kind,
    title: source?.title ?? titleOf(request!),
    address: request?.kind === "url" ? String(request.url) : "",
    artist: source?.song?.song.tags.artist ?? "",
    cover: source?.song?.song.tags.cover,
    isOpen: source !== undefined,
    isLive: isLiveKind(kind),
    isGuest,
    isNamed: isGuest && request?.kind !== "url",
    hasEnded: source?.transport === undefined && source?.input?.state === "ended",
    media: source?.media,
    deviceId: source?.deviceId,
    sampleRate: source?.input?.sampleRate,
    ownStems: source?.song?.own !== undefined,
    outline: source?.song?.outline ?? file?.outline ?? null,
    detail: source?.song?.detail ?? file?.detail,
    staysLive: file?.staysLive,
  };
}

/** The gravest there is; a sleeping context is worth a word only where nothing else is. */
export function interruptionOf(
  source: OpenSource | undefined,
  suspended: boolean,
): Interruption | undefined {
  const all = source?.input?.interruptions ?? [];
  const gravest = all.find(({ reason }) => reason !== "suspended") ?? all[0];
  return gravest ?? (suspended ? SUSPENDED : undefined);
}

/** "ready" and "lost" change with the device. */
export function statusWith(
  status: PlayerStatus,
  interruption: Interruption | undefined,
): PlayerStatus {
  if (status !== "ready" && status !== "lost") return status;
  return LOST.includes(interruption?.reason ?? "") ? "lost" : "ready";
}

/** `before` where `next` says the same. */
export function unlessSame(
  before: SourceInfo | undefined,
  next: SourceInfo | undefined,
): SourceInfo | undefined {
  if (!before || !next) return next;
  const names = Object.keys(next) as (keyof SourceInfo)[];
  return names.every((name) => Object.is(before[name], next[name])) ? before : next;
}
