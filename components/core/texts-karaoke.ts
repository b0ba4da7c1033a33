// Adds the English texts of karaoke; imported by the elements that show them. Any thread.
import { karaokeEnglish } from "./texts-en-karaoke.ts";
import { extendEnglish } from "./texts.ts";

extendEnglish(karaokeEnglish);
