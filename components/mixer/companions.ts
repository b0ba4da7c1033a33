// What follows a mixer's player outside its face: the media keys, the picture of a video, the name of a file, the mix of
// a song; and focus that stays in it. Page thread; loaded with the first sound.
import type { ReactiveController } from "lit";
import type { PlayerState } from "../../src/player/index.ts";
import type * as MediaKeysPart from "../media-keys.ts";
import type * as PictureDelayPart from "../picture-delay.ts";
import { keepFocusIn } from "../keep-focus.ts";
import { LastMix } from "./last-mix.ts";
import { keep } from "./last-song.ts";
import { later } from "./later.ts";
import type { PresetController } from "./presets.ts";
import type { MixerHost } from "./view.ts";

interface Host extends MixerHost, HTMLElement {
  readonly failure: Error | undefined;
  readonly lipSync: "picture" | "off";
  readonly songName: string;
  readonly songLink: boolean;
  readonly presets: PresetController;
}

export class Companions implements ReactiveController {
  readonly #host: Host;
  readonly #keysPart: () => typeof MediaKeysPart | undefined;
  readonly #delayPart: () => typeof PictureDelayPart | undefined;
  #keys:
    | {
        readonly title: string;
        readonly cover: Blob | undefined;
        readonly keys: MediaKeysPart.MediaKeys;
      }
    | undefined;
  #delay:
    | { readonly video: HTMLVideoElement; readonly picture: PictureDelayPart.PictureDelay }
    | undefined;

  readonly #mix: LastMix;
  #file = "";

  constructor(host: Host) {
    this.#host = host;
    this.#keysPart = later(host, () => import("../media-keys.ts"));
    this.#delayPart = later(host, () => import("../picture-delay.ts"));
    this.#mix = new LastMix(host);
    host.addController(this);
    keepFocusIn(host, "section, .play");
  }

  /** Whether a video's picture waits for the sound. */
  get delaysPicture(): boolean {
    return this.#delay !== undefined;
  }

  /** Before the drop zone is drawn, which names it. */
  hostUpdate(): void {
    if (this.#host.isConnected) this.#followFile(this.#host.player.state);
  }

  hostUpdated(): void {
    if (!this.#host.isConnected) return;
    const { state } = this.#host.player;
    this.#followKeys(state);
    this.#followPicture(state);
    this.#mix.follow(state);
  }

  hostDisconnected(): void {
    this.#keys?.keys.dispose();
    this.#keys = undefined;
    this.#delay?.picture.dispose();
    this.#delay = undefined;
  }

  #followKeys({ source }: PlayerState): void {
    const title = source?.isOpen && !source.isLive ? this.#host.songName : undefined;
    if (this.#keys && (this.#keys.title !== title || this.#keys.cover !== source?.cover)) {
      this.#keys.keys.dispose();
      this.#keys = undefined;
    }
    const part = title === undefined ? undefined : this.#keysPart();
    if (title === undefined || !part) return;
    const { cover } = source!;
    this.#keys ??= { title, cover, keys: new part.MediaKeys(title, this.#host.player) };
    this.#keys.keys.update();
  }

  /** A file that was dropped or chosen is named after a reload; closing it forgets it. */
  #followFile({ source }: PlayerState): void {
    const file = source?.kind === "file" && source.isNamed ? this.#host.songName : "";
    if (file !== this.#file) keep(this.#host, "song", file || undefined);
    this.#file = file;
  }

  #followPicture({ source, latency }: PlayerState): void {
    const video = source?.media instanceof HTMLVideoElement ? source.media : undefined;
    const wanted = this.#host.lipSync === "picture" ? video : undefined;
    if (this.#delay && this.#delay.video !== wanted) {
      this.#delay.picture.dispose();
      this.#delay = undefined;
    }
    const part = wanted && this.#delayPart();
    if (!wanted || !part?.PictureDelay.supported()) return;
    this.#delay ??= { video: wanted, picture: new part.PictureDelay(wanted, latency) };
    this.#delay.picture.delay = latency;
  }
}
