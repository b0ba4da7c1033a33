// The player's processors: built into dist/mixer-worklet.js.
import "./limiter-processor.ts";
import "./recorder-processor.ts";
import "./song-player-processor.ts";
import "./stem-blend-processor.ts";
