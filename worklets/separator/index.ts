// Everything that is registered in the audio worklet: built into dist/worklet.js.
import "./separator-processor.ts";
