// Delays a video's picture, so that lips keep in sync with sound that comes later. Page thread.

/** Frames kept at most: enough for half a second at 60 frames a second. */
const MAX_FRAMES = 32;

interface Kept {
  readonly frame: VideoFrame;
  readonly due: number;
}

/**
 * Lays a canvas over a video and shows each frame `delay` seconds after the video has. The canvas
 * takes no clicks; it is out of the way while the video is paused or under the pointer, so that
 * the browser's own controls stay in reach. Needs requestVideoFrameCallback and WebCodecs.
 */
export class PictureDelay {
  /** Seconds. */
  delay: number;
  readonly #video: HTMLVideoElement;
  readonly #canvas = document.createElement("canvas");
  readonly #listeners = new AbortController();
  readonly #sizes: ResizeObserver;
  #kept: Kept[] = [];
  #callback = 0;
  #frame = 0;

  static supported(): boolean {
    return (
      typeof VideoFrame === "function" && "requestVideoFrameCallback" in HTMLVideoElement.prototype
    );
  }

  constructor(video: HTMLVideoElement, delay: number) {
    this.#video = video;
    this.delay = delay;
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#canvas.style.cssText = "position:absolute;pointer-events:none";
    video.after(this.#canvas);
    this.#sizes = new ResizeObserver(() => this.#place());
    this.#sizes.observe(video);
    const { signal } = this.#listeners;
    for (const type of ["play", "pause", "seeking", "pointerenter", "pointerleave"]) {
      video.addEventListener(type, () => this.#yield(), { signal });
    }
    this.#yield();
    this.#callback = video.requestVideoFrameCallback(this.#keep);
    this.#frame = requestAnimationFrame(this.#show);
  }

  #yield(): void {
    const { paused, controls } = this.#video;
    this.#canvas.hidden = paused || (controls && this.#video.matches(":hover"));
    if (paused || this.#video.seeking) this.#drop();
  }

  #place(): void {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.#video;
    const { objectFit, objectPosition, borderRadius } = getComputedStyle(this.#video);
    Object.assign(this.#canvas.style, {
      left: `${offsetLeft}px`,
      top: `${offsetTop}px`,
      width: `${offsetWidth}px`,
      height: `${offsetHeight}px`,
      objectFit,
      objectPosition,
      borderRadius,
    });
  }

  #keep = (now: number): void => {
    this.#callback = this.#video.requestVideoFrameCallback(this.#keep);
    if (this.#canvas.hidden) return;
    if (this.#kept.length >= MAX_FRAMES) this.#kept.shift()?.frame.close();
    try {
      this.#kept.push({ frame: new VideoFrame(this.#video), due: now + this.delay * 1000 });
    } catch {
      // Of another origin: it may be seen, but not read.
      this.#drop();
      this.#canvas.hidden = true;
    }
  };

  #show = (now: number): void => {
    this.#frame = requestAnimationFrame(this.#show);
    let last: Kept | undefined;
    while (this.#kept.length > 0 && this.#kept[0].due <= now) {
      last?.frame.close();
      last = this.#kept.shift();
    }
    if (!last) return;
    const { displayWidth, displayHeight } = last.frame;
    if (this.#canvas.width !== displayWidth || this.#canvas.height !== displayHeight) {
      this.#canvas.width = displayWidth;
      this.#canvas.height = displayHeight;
    }
    this.#canvas.getContext("2d")?.drawImage(last.frame, 0, 0);
    last.frame.close();
  };

  #drop(): void {
    for (const { frame } of this.#kept) frame.close();
    this.#kept = [];
  }

  dispose(): void {
    this.#video.cancelVideoFrameCallback(this.#callback);
    cancelAnimationFrame(this.#frame);
    this.#listeners.abort();
    this.#sizes.disconnect();
    this.#drop();
    this.#canvas.remove();
  }
}
