// Browser side: the library as a page finds it through its import map.
export * from "standardized-audio-context";
