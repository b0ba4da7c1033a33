// Whether the page was loaded anew, or gone back to: what its mixers had is there again. Page thread.
export const cameBack = (): boolean =>
  performance
    .getEntriesByType("navigation")
    .some((entry) => (entry as PerformanceNavigationTiming).type !== "navigate");
