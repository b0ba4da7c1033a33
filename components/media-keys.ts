// The keyboard's and headset's media keys, through the Media Session API. Page thread; loaded with the
// first source.
import type { Player } from "../src/player/index.ts";

const ACTIONS = ["play", "pause", "stop", "seekbackward", "seekforward", "seekto"] as const;
/** How far the seek keys go where the browser does not say, in seconds. */
const SEEK = 10;

/** Takes the media keys from its making until `dispose`. Does nothing where there is no session. */
export class MediaKeys {
  readonly #session: MediaSession | undefined;
  readonly #player: Player;
  /** Address of the cover, while there is one. */
  #cover: string | undefined;

  constructor(title: string, player: Player) {
    this.#player = player;
    this.#session = globalThis.navigator?.mediaSession;
    if (!this.#session) return;
    const { artist = "", cover } = player.state.source ?? {};
    this.#cover = cover && URL.createObjectURL(cover);
    const artwork = cover && this.#cover ? [{ src: this.#cover, type: cover.type }] : [];
    this.#session.metadata = new MediaMetadata({ title, artist, artwork });
    const by: Record<(typeof ACTIONS)[number], MediaSessionActionHandler> = {
      play: () => void player.dispatch({ do: "play" }),
      pause: () => void player.dispatch({ do: "pause" }),
      stop: () => void player.dispatch({ do: "pause" }),
      seekbackward: ({ seekOffset }) =>
        void player.dispatch({ do: "seek-by", seconds: -(seekOffset ?? SEEK) }),
      seekforward: ({ seekOffset }) =>
        void player.dispatch({ do: "seek-by", seconds: seekOffset ?? SEEK }),
      seekto: ({ seekTime }) => void player.dispatch({ do: "seek", position: seekTime ?? 0 }),
    };
    for (const action of ACTIONS) this.#set(action, by[action]);
  }

  /** Tells the system what is going on. */
  update(): void {
    const session = this.#session;
    if (!session) return;
    const { paused, duration, tempo } = this.#player.state;
    session.playbackState = paused ? "paused" : "playing";
    // A rate of 0, which a page may set, is refused.
    if (!Number.isFinite(duration) || duration <= 0 || !(tempo > 0)) return;
    session.setPositionState?.({
      duration,
      position: Math.min(this.#player.position, duration),
      playbackRate: tempo,
    });
  }

  dispose(): void {
    if (!this.#session) return;
    if (this.#cover) URL.revokeObjectURL(this.#cover);
    for (const action of ACTIONS) this.#set(action, null);
    this.#session.metadata = null;
    this.#session.playbackState = "none";
  }

  #set(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
    try {
      this.#session?.setActionHandler(action, handler);
    } catch {
      // A browser that does not know an action throws; the others still work.
    }
  }
}
