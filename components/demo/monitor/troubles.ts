// What keeps a live input from being heard: its title, its cure, and what the page tries by itself. Pure; any
// thread.
import type { Interruption, LatencyMode } from "../../../src/index.ts";
import type { PlayerStatus } from "../../../src/player/index.ts";

export type TroubleKind =
  | "refused"
  | "missing"
  | "busy"
  | "lost"
  | "rate"
  | "muted"
  | "suspended"
  | "load"
  | "failed";

export interface Trouble {
  readonly kind: TroubleKind;
  readonly title: string;
  /** What ends it, in sentences: the page itself, or what the person can do. */
  readonly cures: readonly string[];
  /** Of the button that tries again at once; undefined where that would not help. */
  readonly button: string | undefined;
}

/** What is known of the sound. */
export interface Situation {
  readonly status: PlayerStatus;
  readonly interruption: Interruption | undefined;
  readonly error: Error | undefined;
  /** Steps by which the separator does with less of the machine. */
  readonly step: number;
  readonly mode: LatencyMode;
}

const TROUBLES: Readonly<
  Record<TroubleKind, Omit<Trouble, "kind" | "cures"> & { readonly cure: string }>
> = {
  refused: {
    title: "The input is not allowed",
    cure: "Allow the microphone for this page, by the sign in the address bar. Then listening starts by itself.",
    button: "Ask again",
  },
  missing: {
    title: "The input is not connected",
    cure: "Plug it in, and listening starts by itself; or choose another one above.",
    button: "Look again",
  },
  busy: {
    title: "Another program has the input",
    cure: "Close that program, or choose another input above. It is tried again every two seconds.",
    button: "Try now",
  },
  lost: {
    title: "The input is gone",
    cure: "Plug it in again: sound comes back by itself.",
    button: "Try now",
  },
  rate: {
    title: "The input’s rate has changed",
    cure: "Listening starts anew at the new rate.",
    button: "Start anew",
  },
  muted: {
    title: "The input is muted",
    cure: "A switch on the device or the system’s sound settings have muted it. Sound comes back with them.",
    button: undefined,
  },
  suspended: {
    title: "The browser has paused the sound",
    cure: "It goes on by itself when the system is awake and lets it.",
    button: "Go on",
  },
  load: {
    title: "This machine is busy",
    cure: "Sound comes later, so that none is lost. Close other programs and tabs.",
    button: undefined,
  },
  failed: { title: "That did not work", cure: "", button: "Try again" },
};

const SAFEST = "“Safest” asks less of the machine.";

/** By the name of what the browser rejects with. */
const BY_NAME: Readonly<Record<string, TroubleKind>> = {
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
  // A context that takes only streams of its own rate.
  NotSupportedError: "rate",
};

function kindOf({ status, interruption, error, step }: Situation): TroubleKind | undefined {
  if (status === "error") return "failed";
  switch (interruption?.reason) {
    case "refused":
    case "muted":
    case "suspended":
    case "failed":
      return interruption.reason;
    case "unplugged": {
      const cause = interruption.error?.cause;
      return BY_NAME[cause instanceof Error ? cause.name : ""] ?? "lost";
    }
    case "stalled":
    case undefined:
      if (status !== "ready") return undefined;
      return error ? "failed" : step > 0 ? "load" : undefined;
  }
}

/** The gravest there is; undefined while all is well, or nothing is wanted. */
export function troubleOf(situation: Situation): Trouble | undefined {
  const kind = kindOf(situation);
  if (!kind) return undefined;
  const { cure, ...trouble } = TROUBLES[kind];
  const isHasty = kind === "load" && situation.mode !== "safe";
  const cures = [cure || (situation.error?.message ?? ""), ...(isHasty ? [SAFEST] : [])];
  return { kind, ...trouble, cures };
}

/** Whether nothing is heard for it. */
export const isSilent = (trouble: Trouble | undefined): boolean =>
  trouble !== undefined && trouble.kind !== "load" && trouble.kind !== "failed";

export interface Attempt {
  /** `resume`: lets the context run, opens the same device; `renew`: with a context of its own rate. */
  readonly do: "resume" | "renew";
  /** Milliseconds from now. */
  readonly wait: number;
}

/** Starts anew that may fail in a row. */
const MOST_RENEWALS = 3;

/**
 * What is tried by itself after `tries` in vain. Undefined where only an event can help: a device that
 * comes, a permission that is given, a switch.
 */
export function nextAttempt(kind: TroubleKind, tries: number): Attempt | undefined {
  switch (kind) {
    case "suspended":
      return { do: "resume", wait: tries === 0 ? 100 : 1000 };
    case "lost":
      return { do: "resume", wait: 500 };
    case "busy":
      return { do: "resume", wait: 2000 };
    case "rate":
      return tries < MOST_RENEWALS ? { do: "renew", wait: 100 } : undefined;
    case "refused":
    case "missing":
    case "muted":
    case "load":
    case "failed":
      return undefined;
  }
}
