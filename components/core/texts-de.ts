import { english } from "./texts-en.ts";
export const german: Record<keyof typeof english, string> = { ...english, vocals: "Gesang" };
