// All events of a separator, for tests that write down what happened. Page.
export const EVENTS = [
  "late",
  "dry",
  "recovered",
  "discontinuity",
  "restarting",
  "restarted",
  "adapt",
  "latency",
  "error",
] as const;
