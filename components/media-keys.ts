// The keyboard's and headset's media keys, through the Media Session API. Page thread; loaded with the
// first source.

export interface MediaKeyHandlers {
  play(): void;
  pause(): void;
  seekBy(seconds: number): void;
  seekTo(position: number): void;
}

const ACTIONS = ["play", "pause", "stop", "seekbackward", "seekforward", "seekto"] as const;
/** How far the seek keys go where the browser does not say, in seconds. */
const SEEK = 10;

/** Takes the media keys from its making until `dispose`. Does nothing where there is no session. */
export class MediaKeys {
  readonly #session: MediaSession | undefined;

  constructor(title: string, handlers: MediaKeyHandlers) {
    this.#session = globalThis.navigator?.mediaSession;
    if (!this.#session) return;
    this.#session.metadata = new MediaMetadata({ title });
    const by: Record<(typeof ACTIONS)[number], MediaSessionActionHandler> = {
      play: () => handlers.play(),
      pause: () => handlers.pause(),
      stop: () => handlers.pause(),
      seekbackward: ({ seekOffset }) => handlers.seekBy(-(seekOffset ?? SEEK)),
      seekforward: ({ seekOffset }) => handlers.seekBy(seekOffset ?? SEEK),
      seekto: ({ seekTime }) => handlers.seekTo(seekTime ?? 0),
    };
    for (const action of ACTIONS) this.#set(action, by[action]);
  }

  /** Tells the system what is going on; times in seconds. */
  update(paused: boolean, duration: number, position: number, tempo: number): void {
    const session = this.#session;
    if (!session) return;
    session.playbackState = paused ? "paused" : "playing";
    if (Number.isFinite(duration) && duration > 0) {
      session.setPositionState?.({
        duration,
        position: Math.min(position, duration),
        playbackRate: tempo,
      });
    }
  }

  dispose(): void {
    if (!this.#session) return;
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
