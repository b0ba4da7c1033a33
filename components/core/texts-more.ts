// Adds the English texts of what is loaded later; imported by whatever shows them. Any thread.
import { moreEnglish } from "./texts-en-more.ts";
import { extendEnglish } from "./texts.ts";

extendEnglish(moreEnglish);
