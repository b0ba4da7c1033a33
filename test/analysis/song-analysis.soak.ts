// Tempo, beats, key and tuning of all songs, of which `npm test` has ten. Runs in Node.
import { testSongs } from "./song-tests.ts";
import { SONGS } from "./songs.ts";

testSongs(SONGS, { tempi: 2, keys: 4 });
