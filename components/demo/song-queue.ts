// The queue of the mixer's and the karaoke page: songs that are dropped or chosen while one plays come after it. Page.
import { pairSongs, type QueuedSong } from "../core/song-queue.ts";
import { areStems } from "../../src/split/index.ts";
import { songName } from "../../src/util/file-name.ts";
import type { StemLyrics } from "../stem-lyrics.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { say, sayError } from "./say.ts";

/** Seconds before its end from which on a song that stands is over. */
const END = 0.05;

/** Milliseconds between two songs: a take's last word is recorded in them. */
const PAUSE = 1500;

/**
 * Shows the queue in `list`, which lies in something that is hidden while there is none; `next` skips to it, and
 * `told` says what happens to it. `lyrics` shows the words that come with songs.
 */
export function queueSongs(
  mixer: StemMixer,
  lyrics: StemLyrics | undefined,
  { list, next, told }: Readonly<Record<"list" | "next" | "told", HTMLElement>>,
): void {
  let waiting: QueuedSong[] = [];

  const tell = (text: string): void => {
    told.textContent = text;
  };

  const show = (): void => {
    list.parentElement!.hidden = waiting.length === 0;
    list.replaceChildren(
      ...waiting.map((queued) => {
        const item = document.createElement("li");
        const name = songName(queued.song.name);
        const remove = document.createElement("button");
        remove.className = "remove";
        remove.textContent = "×";
        remove.setAttribute("aria-label", say("Remove “{name}” from the queue", { name }));
        remove.addEventListener("click", () => {
          waiting = waiting.filter((each) => each !== queued);
          show();
        });
        item.append(name, remove);
        return item;
      }),
    );
  };

  /** The error that keeps a song from being played; its message names the file. */
  const play = async ({ song, words }: QueuedSong): Promise<Error | undefined> => {
    const before = mixer.player.state.source;
    const loading = mixer.load(song);
    if (words) void lyrics?.load(words);
    await loading;
    const { source, error } = mixer.player.state;
    return source?.isOpen && source !== before ? undefined : error;
  };

  const playNext = async (): Promise<void> => {
    const first = waiting.shift();
    show();
    if (!first) return;
    // The one that plays ends at once, not when the next is there.
    mixer.pause();
    const failed = await play(first);
    if (!failed || waiting.length === 0) return;
    tell(sayError(failed));
    await playNext();
  };

  mixer.addEventListener("stem-files-request", (event) => {
    const songs = pairSongs(event.detail.files);
    // Words alone are for the song that is there, and stems are one song.
    if (songs.length === 0 || areStems(songs.map(({ song }) => songName(song.name)))) return;
    // A single one without words is the mixer's own matter, which keeps its file for the next visit.
    if (mixer.paused && !lyrics && songs.length === 1) return;
    event.preventDefault();
    if (mixer.paused) {
      tell("");
      waiting.unshift(...songs);
      void playNext();
      return;
    }
    waiting.push(...songs);
    show();
    const names = songs.map(({ song }) => `“${songName(song.name)}”`);
    const list = new Intl.ListFormat(document.documentElement.lang).format(names);
    tell(say("Added to the queue: {names}", { names: list }));
  });
  next.addEventListener("click", () => {
    tell("");
    void playNext();
  });
  let pause: ReturnType<typeof setTimeout> | undefined;
  mixer.addEventListener("stem-transport-change", () => {
    const { duration, position, paused, state } = mixer;
    const isOver = state === "ready" && paused && duration > 0 && position >= duration - END;
    if (!isOver) {
      clearTimeout(pause);
      pause = undefined;
    } else pause ??= setTimeout(() => void playNext(), PAUSE);
  });
}
