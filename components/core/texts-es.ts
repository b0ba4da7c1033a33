import { english } from "./texts-en.ts";
export const spanish: Record<keyof typeof english, string> = { ...english, vocals: "Gesang" };
