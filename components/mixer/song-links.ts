// Opens the song of a link in the page's address, keeps the address up to date with what plays, and copies it. Page
// thread; loaded by mixers that allow links.
import { html, nothing, type ReactiveController } from "lit";
import { DannaError } from "../../src/index.ts";
import { createMix, type PlayerState, type SourceInfo } from "../../src/player/index.ts";
import { formatLink, parseLink } from "../core/song-link.ts";
import "../core/texts-more.ts";
import type { MixerHost, MixerView } from "./view.ts";

/** Milliseconds without a change after which the address is brought up to date: browsers allow few. */
const SETTLED = 500;

type Host = MixerHost & {
  readonly isConnected: boolean;
  readonly preload: "none" | "auto";
  /** Whether links are allowed. */
  readonly songLink: boolean;
};

export class SongLinks implements ReactiveController {
  readonly #mixer: Host;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #copied = "";

  constructor(mixer: Host) {
    this.#mixer = mixer;
    mixer.addController(this);
    if (!mixer.isConnected) return;
    this.#listen();
    this.#open();
  }

  hostConnected(): void {
    this.#listen();
  }

  hostDisconnected(): void {
    removeEventListener("hashchange", this.#open);
    clearTimeout(this.#settling);
  }

  #listen(): void {
    addEventListener("hashchange", this.#open);
  }

  /** Names the song of the page's address; the next play loads it. */
  #open = (): void => {
    const mixer = this.#mixer;
    try {
      const link = mixer.songLink ? parseLink(location.hash) : undefined;
      if (!link) return;
      const { source, stems } = mixer.player.state;
      if (!source || link.song !== addressOf(source)) {
        mixer.dispatch({ do: "choose", source: { kind: "url", url: link.song } });
      }
      mixer.dispatch({ do: "mix", mix: { ...createMix({}, stems), ...link.mix } });
      mixer.dispatch({ do: "key", semitones: link.key });
      mixer.dispatch({ do: "tempo", factor: link.tempo });
      mixer.dispatch({ do: "loop", loop: link.loop });
      if (mixer.preload === "auto") mixer.dispatch({ do: "load" });
    } catch (error) {
      mixer.fail(error as Error);
    }
  };

  hostUpdated(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      const link = this.#mixer.songLink && linkOf(this.#mixer.player.state);
      if (link && link !== location.href) history.replaceState(history.state, "", link);
    }, SETTLED);
  }

  /** The button that copies the link; nothing where the song has no address that others can open. */
  render({ state, texts }: MixerView) {
    const link = this.#mixer.songLink && linkOf(state);
    if (!link) return nothing;
    return html`<p class="line">
      <button @click=${() => void this.#copy(link)}>${texts.copyLink}</button>
      <span role="status">${this.#copied === link ? texts.linkCopied : nothing}</span>
    </p>`;
  }

  async #copy(link: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(link);
      this.#copied = link;
      this.#mixer.requestUpdate();
    } catch (cause) {
      const message = "The link could not be copied: copy this page's address instead.";
      this.#mixer.fail(new DannaError("platform", message, { cause }));
    }
  }
}

/** The absolute http or https address of a song; of anything else "". */
function addressOf({ address }: SourceInfo): string {
  if (!address || !URL.canParse(address, document.baseURI)) return "";
  const { protocol, href } = new URL(address, document.baseURI);
  return /^https?:$/.test(protocol) ? href : "";
}

/** The page's address with what plays in its fragment. */
function linkOf({ source, mix, key, tempo, loop }: PlayerState): string | undefined {
  const song = source && addressOf(source);
  if (!song) return undefined;
  const url = new URL(location.href);
  url.hash = formatLink({ song, mix, key, tempo, loop });
  return url.href;
}
