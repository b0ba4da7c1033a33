// All elements, those that draw included, for pages that use the pictures without a mixer. Page thread.
export * from "./drawings.ts";
export * from "./index.ts";
