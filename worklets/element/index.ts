// What follows a media element, loaded with the first whose stems get better: built into dist/element-worklet.js.
import "./element-follower-processor.ts";
