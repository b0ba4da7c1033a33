// What the built package holds. Any thread; esbuild puts it in.

declare const STUDIO_MODEL: string | undefined;

/** Name of the studio model beside the live one; undefined where none ships, and where nothing is built. */
export const SHIPPED_STUDIO = typeof STUDIO_MODEL === "undefined" ? undefined : STUDIO_MODEL;
