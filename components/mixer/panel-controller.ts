// Which panel is open over the mixer, what is in it, and where the focus goes. Page thread; loaded with the
// first, each panel's content when it opens.
import { nothing, type CSSResultOrNative, type ReactiveController } from "lit";
import type { PlayerState, RecordingKind, SaveOptions } from "../../src/player/index.ts";
import { OWN_MODEL_STORAGE_KEY } from "../constants.ts";
import { pageStorage } from "../core/preset-store.ts";
import { later, type Later } from "./later.ts";
import type { MidiController } from "./midi.ts";
import { renderPanel } from "./panels.ts";
import type { PresetController } from "./presets.ts";
import type { MixerHost, MixerView, Panel } from "./view.ts";

export interface PanelHost extends MixerHost {
  readonly failure: Error | undefined;
  readonly renderRoot: HTMLElement | DocumentFragment;
  readonly isConnected: boolean;
  readonly preload: "none" | "auto";
  readonly songName: string;
  readonly presets: PresetController;
  /** Whether the page's address may bring a song and a mix. */
  readonly songLink: boolean;
  readonly midi: Later<MidiController>;
  adopt(styles: CSSResultOrNative): void;
}

export class PanelController implements ReactiveController {
  readonly #mixer: PanelHost;
  #open: Panel | undefined;
  /** What had the focus when the panel opened. */
  #opener: HTMLElement | null = null;
  /** What of the panel is to be in sight as soon as it is drawn: it may lie below the window. */
  #unseen: "#panel" | "#panel .files" | undefined;
  readonly #contents;
  readonly #ownMixes;
  readonly #styles;
  readonly #saving;
  readonly #recording;
  readonly #ownModels;
  readonly #links;

  constructor(mixer: PanelHost) {
    this.#mixer = mixer;
    mixer.addController(this);
    this.#contents = later(mixer, () => import("./panel-contents.ts"));
    this.#ownMixes = later(mixer, () => import("./own-mixes.ts"));
    this.#styles = later(mixer, async () => {
      const { panelStyles } = await import("../styles/panels.ts");
      mixer.adopt(panelStyles);
      return panelStyles;
    });
    this.#ownModels = later(mixer, async () => {
      const { OwnModels } = await import("./own-models.ts");
      return new OwnModels(mixer);
    });
    this.#links = later(mixer, async () => {
      const { SongLinks } = await import("./song-links.ts");
      return new SongLinks(mixer);
    });
    this.#saving = later(mixer, async () => {
      const { SavePanel } = await import("./save-panel.ts");
      const panel = new SavePanel(() => mixer.requestUpdate());
      panel.take(mixer.player.state.saved);
      return panel;
    });
    this.#recording = later(mixer, async () => {
      const { RecordPanel } = await import("./record-panel.ts");
      const panel = new RecordPanel();
      panel.files.set(mixer.player.state.recorded);
      return panel;
    });
    if (pageStorage()?.getItem(OWN_MODEL_STORAGE_KEY)) this.#ownModels();
    if (mixer.player.state.recording) this.#recording();
  }

  /** Scrolls no further than needed, and once: whoever scrolls away afterwards is left alone. */
  hostUpdated(): void {
    if (!this.#unseen || !this.#styles.value) return;
    const root = this.#mixer.renderRoot;
    // Its head alone stands there until its content is loaded.
    if ((root.querySelector("#panel")?.childElementCount ?? 0) < 2) return;
    const part = root.querySelector(this.#unseen);
    if (!part) return;
    this.#unseen = undefined;
    part.scrollIntoView({ block: "nearest" });
  }

  hostDisconnected(): void {
    this.#recording.value?.files.set([]);
    this.#saving.value?.files.set([]);
  }

  get open(): Panel | undefined {
    return this.#open;
  }

  /** What the panel says is to be recorded. */
  get recordingKind(): RecordingKind {
    return this.#recording.value?.kind ?? "mix";
  }

  /** Opens a panel, or closes the one that is open. */
  toggle(panel: Panel): void {
    this.show(this.#open === panel ? undefined : panel);
  }

  /** Shows what keeping a model would mean. */
  async offerModel(files: readonly File[]): Promise<void> {
    if (this.#open !== "details") this.show("details");
    this.#ownModels();
    await this.#ownModels.loaded;
    await this.#ownModels.value?.offer(files);
  }

  /** Focus goes into a panel that replaces another, and back to what opened the first. */
  show(panel: Panel | undefined): void {
    const root = this.#mixer.renderRoot as ShadowRoot;
    const isInside = root.activeElement?.closest("#panel") !== null && root.activeElement !== null;
    if (!this.#open) this.#opener = root.activeElement as HTMLElement | null;
    this.#open = panel;
    this.#unseen = panel && "#panel";
    this.#mixer.requestUpdate();
    if (!isInside) return;
    void this.#mixer.updateComplete.then(() => {
      if (panel) root.querySelector<HTMLElement>("#panel")?.focus();
      else this.#opener?.focus();
    });
  }

  /** Exports as the panel says what nobody else does, with the progress in sight. */
  async save(options: SaveOptions): Promise<void> {
    const mixer = this.#mixer;
    this.show("save");
    this.#saving();
    await this.#saving.loaded;
    if (mixer.isConnected) await this.#saving.value?.start(mixer, options);
  }

  /** Files that came out meanwhile. */
  follow(before: PlayerState, state: PlayerState): void {
    // Its panel is to be there when it ends.
    if (state.recording) this.#recording();
    if (state.recorded !== before.recorded) {
      this.#recording.value?.files.set(state.recorded);
      if (this.#open === "record") this.#unseen = "#panel .files";
    }
    if (state.saved !== before.saved) {
      this.#saving.value?.take(state.saved);
      if (this.#open === "save") this.#unseen = "#panel .files";
    }
  }

  /** Takes over what the page's address says of a song. */
  loadLinks(): void {
    this.#links();
  }

  /** Styles that what stands outside of panels shares with them. */
  loadStyles(): void {
    this.#styles();
  }

  /** The open panel; undefined where none is. */
  render(view: MixerView) {
    const open = this.#open;
    if (!open) return undefined;
    this.#styles();
    return renderPanel(open, view, this.#content(view));
  }

  #content(view: MixerView): unknown {
    const { presets, midi } = this.#mixer;
    switch (this.#open) {
      case "mixes":
        return [
          this.#ownMixes()?.renderOwnMixes(view, presets, this.#mixer),
          this.#mixer.songLink ? this.#links()?.render(view) : nothing,
        ];
      case "more":
        return this.#contents()?.renderMore(view);
      case "record":
        return this.#recording()?.render(view);
      case "save":
        return this.#saving()?.render(view);
      case "midi":
        return midi()?.render(view.texts);
      case "shortcuts":
        return this.#contents()?.renderShortcuts(view);
      case "details":
        return this.#contents()?.renderDetails(view, this.#ownModels()?.render(view));
      case undefined:
        return nothing;
    }
  }
}
