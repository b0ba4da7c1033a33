import { english } from "./texts-en.ts";
export const french: Record<keyof typeof english, string> = { ...english, vocals: "Gesang" };
