// Keeps the screen awake while something runs; browsers let go of it whenever the page is hidden. Page.

export class WakeLock {
  #wanted = false;
  #lock: WakeLockSentinel | undefined;
  #asking = false;

  constructor() {
    document.addEventListener("visibilitychange", () => void this.#update());
  }

  /** Whether the screen stays on now. */
  get isHeld(): boolean {
    return this.#lock?.released === false;
  }

  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    void this.#update();
  }

  async #update(): Promise<void> {
    if (!this.#wanted) {
      const lock = this.#lock;
      this.#lock = undefined;
      return lock?.release();
    }
    if (this.isHeld || this.#asking || document.hidden || !("wakeLock" in navigator)) return;
    this.#asking = true;
    // Refused where the battery is low: the screen then sleeps as ever.
    this.#lock = await navigator.wakeLock.request("screen").catch(() => undefined);
    this.#asking = false;
    if (!this.#wanted) await this.#update();
  }
}
