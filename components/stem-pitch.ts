// <stem-pitch>: the pitch of the song's voice and of the singer's, over the notes that are to be sung. Page thread;
// draws past Lit's rendering.
import { css, html, LitElement } from "lit";
import { property, query } from "lit/decorators.js";
import type { Player, PlayerState } from "../src/player/index.ts";
import { createPitchDetector, type PitchDetector } from "../src/player/singer/index.ts";
import { oneOf } from "./checked.ts";
import { nearestOctave, notesOf, PitchTrack, rangeOf } from "./core/pitch-track.ts";
import "./core/texts-karaoke.ts";
import { define } from "./define.ts";
import { onFrame } from "./frames.ts";
import { PlayerLink } from "./karaoke/player-link.ts";
import { PitchTap } from "./karaoke/pitch-tap.ts";
import { textsOf } from "./language.ts";
import { CanvasColours, fitCanvas } from "./styles/colours.ts";
import { theme } from "./styles/theme.ts";

/** Seconds before and behind what is heard. */
const BEFORE = 3;
const AFTER = 5;
const COLOURS = ["--_line", "--_control", "--_drums", "--_vocals", "--_other", "--_text"] as const;

/**
 * A ribbon of pitches beside a mixer: the notes of its lyrics, where those have any (UltraStar), the pitch of the
 * vocals as they are separated, and the singer's, moved by octaves to lie next to them. It takes the words of the
 * `<stem-lyrics>` and the voice of the `<stem-singer>` that belong to the same mixer.
 *
 * @tag stem-pitch
 * @attr {string} for - `id` of the mixer in the same document; without it, the mixer around it.
 * @attr {"light"|"dark"} theme - Colour scheme in place of the page's.
 * @csspart canvas - The picture.
 * @csspart legend - What its lines and bars are.
 */
export class StemPitch extends LitElement {
  static override styles = [
    theme,
    css`
      :host {
        display: block;
        position: relative;
        height: 6em;
        min-height: 2em;
        overflow: hidden;
      }
      canvas {
        position: absolute;
        inset: auto 0 0;
        width: 100%;
        height: calc(100% - 1em);
      }
      .legend {
        position: absolute;
        inset: 0 0 auto auto;
        display: flex;
        gap: 1em;
        margin: 0;
        color: var(--_muted);
        font-size: 0.75em;
        line-height: 1.3;
        pointer-events: none;
      }
      .legend [hidden] {
        display: none;
      }
      .legend span::before {
        content: "";
        display: inline-block;
        width: 1.25em;
        height: 0.25em;
        margin-inline-end: 0.375em;
        border-radius: 1em;
        vertical-align: middle;
        background: var(--_control);
      }
      .legend .song::before {
        height: 2px;
        background: var(--_vocals);
      }
      .legend .own::before {
        background: var(--_other);
      }
    `,
  ];

  @property() for = "";
  @oneOf("", ["light", "dark"])
  @property({ reflect: true })
  theme: "light" | "dark" | "" = "";
  /** A player of the host's, in place of a mixer's. */
  @property({ attribute: false }) player: Player | undefined;
  @query("canvas") private canvas!: HTMLCanvasElement | null;

  readonly #link = new PlayerLink(this, (state) => this.#follow(state));
  readonly #song = new PitchTap();
  readonly #voice = new PitchTap();
  #songTrack = new PitchTrack(BEFORE);
  #voiceTrack = new PitchTrack(BEFORE);
  /** Of the song whose pitches those are. */
  #outline: Float32Array | null = null;
  #detector: { readonly rate: number; readonly detector: PitchDetector } | undefined;
  #loading = false;
  #colours: CanvasColours | undefined;
  #stop: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = onFrame(this.#frame);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#song.follow(undefined);
    this.#voice.follow(undefined);
    this.#colours?.dispose();
    this.#colours = undefined;
  }

  /** Pitches of the last seconds: of the song's vocals, and of the singer. */
  get tracks(): { readonly song: PitchTrack; readonly voice: PitchTrack } {
    return { song: this.#songTrack, voice: this.#voiceTrack };
  }

  protected override render() {
    const texts = textsOf(this);
    return html`<canvas part="canvas" role="img" aria-label=${texts.pitchRibbon}></canvas>
      <p class="legend" part="legend" aria-hidden="true">
        <span class="notes" hidden>${texts.pitchNotes}</span>
        <span class="song">${texts.pitchSong}</span>
        <span class="own" hidden>${texts.pitchOwn}</span>
      </p>`;
  }

  /** What was sung in another song is gone with it. */
  #follow({ source, coming }: PlayerState): void {
    const outline = (coming ? null : source?.outline) ?? null;
    if (outline === this.#outline) return;
    this.#outline = outline;
    this.#songTrack = new PitchTrack(BEFORE);
    this.#voiceTrack = new PitchTrack(BEFORE);
  }

  /** The element of a kind that belongs to the same mixer. */
  #companion<K extends "stem-lyrics" | "stem-singer">(tag: K): HTMLElementTagNameMap[K] | null {
    const { mixer } = this.#link;
    const root = this.getRootNode() as Document | ShadowRoot;
    return (
      mixer?.querySelector(tag) ??
      (mixer?.id ? root.querySelector<HTMLElementTagNameMap[K]>(`${tag}[for="${mixer.id}"]`) : null)
    );
  }

  #frame = (): void => {
    const { player } = this.#link;
    const { nodes, running, coming, tempo = 1 } = player?.state ?? {};
    const singer = this.#companion("stem-singer")?.singer?.state;
    this.#song.follow(nodes?.stems.vocals);
    this.#voice.follow(singer?.node);
    const detector = this.#detectorFor(nodes?.context.sampleRate);
    if (running && !coming && player && detector) {
      const late = (singer?.roundTrip?.seconds ?? 0) * tempo;
      this.#songTrack.add(player.position, this.#song.read(detector));
      if (singer?.node) this.#voiceTrack.add(player.position - late, this.#voice.read(detector));
    }
    this.#draw();
    this.#setLegend("own", singer?.node !== undefined);
  };

  #setLegend(name: "notes" | "own", shown: boolean): void {
    const entry = this.renderRoot.querySelector<HTMLElement>(`.${name}`);
    if (entry && entry.hidden === shown) entry.hidden = !shown;
  }

  #detectorFor(rate: number | undefined): PitchDetector | undefined {
    if (rate === undefined || this.#loading) return undefined;
    if (this.#detector?.rate === rate) return this.#detector.detector;
    this.#loading = true;
    createPitchDetector(rate)
      .then(
        (detector) => (this.#detector = { rate, detector }),
        // The ribbon stays empty until its code can be had.
        () => undefined,
      )
      .finally(() => (this.#loading = false));
    return undefined;
  }

  #draw(): void {
    const { canvas } = this;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    this.#colours ??= new CanvasColours(this.renderRoot as ShadowRoot, COLOURS);
    this.#colours.refresh(performance.now());
    const [line, note, golden, vocals, own, now] = this.#colours.texts;
    const { clientWidth: width, clientHeight: height } = canvas;
    fitCanvas(canvas, width, height);
    const ratio = canvas.width / Math.max(1, width);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { heard } = this.#link;
    const from = heard - BEFORE;
    const all = notesOf(this.#companion("stem-lyrics")?.lyrics ?? null);
    this.#setLegend("notes", all.length > 0);
    const notes = all.filter(({ start, end }) => end > from && start < heard + AFTER);
    const song = this.#songTrack.points;
    const pitches = all.length > 0 ? all.map(({ pitch }) => pitch) : song.map((each) => each.note);
    const [low, high] = rangeOf(pitches);
    const x = (time: number) => ((time - from) / (BEFORE + AFTER)) * width;
    const y = (pitch: number) => height - ((pitch - low) / (high - low)) * height;
    const thick = Math.max(3, height / (high - low));

    context.fillStyle = line;
    for (let c = Math.ceil(low / 12) * 12; c < high; c += 12) context.fillRect(0, y(c), width, 1);
    for (const { start, end, pitch, kind } of notes) {
      context.globalAlpha = kind === "freestyle" ? 0.4 : 1;
      context.fillStyle = kind === "golden" ? golden : note;
      context.beginPath();
      const long = Math.max(thick, x(end) - x(start) - 2);
      context.roundRect(x(start), y(pitch) - thick / 2, long, thick, thick / 2);
      context.fill();
    }
    context.globalAlpha = 1;
    context.fillStyle = now;
    context.fillRect(x(heard), 0, 1.5, height);
    const near = (time: number) =>
      notes.find(({ start, end }) => time >= start - 0.1 && time < end + 0.1)?.pitch ??
      song.findLast((each) => each.time <= time && !Number.isNaN(each.note))?.note ??
      (low + high) / 2;
    const voices = [
      { points: song, colour: vocals, wide: 2, moved: all.length > 0 },
      { points: this.#voiceTrack.points, colour: own, wide: 4, moved: true },
    ];
    for (const { points, colour, wide, moved } of voices) {
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.lineCap = context.lineJoin = "round";
      context.beginPath();
      let before: number | undefined;
      for (const { time, note: pitch } of points) {
        const shown = moved ? nearestOctave(pitch, near(time)) : pitch;
        const goesOn = before !== undefined && Math.abs(shown - before) < 6;
        if (goesOn) context.lineTo(x(time), y(shown));
        else if (!Number.isNaN(shown)) context.moveTo(x(time), y(shown));
        before = Number.isNaN(shown) ? undefined : shown;
      }
      context.stroke();
    }
  }
}

define("stem-pitch", StemPitch);

declare global {
  interface HTMLElementTagNameMap {
    "stem-pitch": StemPitch;
  }
}
