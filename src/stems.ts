// The four stems and their order. Any thread. The only place that states the order.

export const STEMS = ["vocals", "drums", "bass", "other"] as const;

export type Stem = (typeof STEMS)[number];
