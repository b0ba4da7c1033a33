// The plugin's face: the mixer's strips, bypass and latencyMode, kept in step with the host's
// automation. Page; loaded when a host asks for it.
import { html, LitElement } from "lit";
import { Requests } from "../constants.ts";
import { toControlDecibels, toDecibels } from "../../src/player/index.ts";
import { changeChannel, createMix, effectiveGain, type Mix } from "../../src/player/index.ts";
import { define } from "../define.ts";
import "../stem-strip.ts";
import { buttons, theme } from "../styles/theme.ts";
import { LATENCY_MODES, DEFAULT_STEMS } from "../../src/index.ts";
import type { StemSeparatorWamNode } from "./wam-node.ts";

/** Between two looks at the parameters, in ms. */
const LOOK = 100;

type Values = Readonly<Record<string, { readonly value: number }>>;

export class StemSeparatorPanel extends LitElement {
  static override styles = [theme, buttons];
  readonly #node: StemSeparatorWamNode;
  #mix: Mix = createMix();
  #values: Values = {};
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(node: StemSeparatorWamNode) {
    super();
    this.#node = node;
    this.addEventListener(Requests.gain, ({ detail: { stem, gain } }) => {
      if (stem) this.#change(changeChannel(this.#mix, stem, { gain }));
    });
    this.addEventListener(Requests.mute, ({ detail: { stem, muted } }) =>
      this.#change(changeChannel(this.#mix, stem, { muted })),
    );
    this.addEventListener(Requests.solo, ({ detail: { stem, soloed } }) =>
      this.#change(changeChannel(this.#mix, stem, { soloed })),
    );
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => void this.#look(), LOOK);
    void this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render() {
    const { bypass, latencyMode } = this.#values;
    return html`
      <div style="display: flex; gap: 0.5em">
        ${DEFAULT_STEMS.map(
          (stem) =>
            html`<stem-strip
              stem=${stem}
              .gain=${this.#mix[stem].gain}
              ?muted=${this.#mix[stem].muted}
              ?soloed=${this.#mix[stem].soloed}
              .node=${this.#node.gains[stem]}
            ></stem-strip>`,
        )}
      </div>
      <label>
        <input
          type="checkbox"
          .checked=${(bypass?.value ?? 0) >= 0.5}
          @change=${({ target }: Event) =>
            this.#set({ bypass: Number((target as HTMLInputElement).checked) })}
        />
        Bypass
      </label>
      <label>
        Latency
        <select
          .selectedIndex=${latencyMode?.value ?? 0}
          @change=${({ target }: Event) =>
            this.#set({ latencyMode: (target as HTMLSelectElement).selectedIndex })}
        >
          ${LATENCY_MODES.map((name) => html`<option>${name}</option>`)}
        </select>
      </label>
    `;
  }

  #change(mix: Mix): void {
    this.#mix = mix;
    this.#set(Object.fromEntries(DEFAULT_STEMS.map((stem) => [stem, effectiveGain(mix, stem)])));
    this.requestUpdate();
  }

  #set(values: Record<string, number>): void {
    const entries = Object.entries(values).map(([id, value]) => [
      id,
      { id, value, normalized: false },
    ]);
    void this.#node.setParameterValues(Object.fromEntries(entries));
  }

  /** Takes over what the host has changed; mutes and solos are only this panel's. */
  async #look(): Promise<void> {
    const values = (await this.#node.getParameterValues(false)) as Values;
    for (const stem of DEFAULT_STEMS) {
      const { value } = values[stem];
      // What has not changed since the last look may be older than this panel's own change.
      if (value === this.#values[stem]?.value) continue;
      if (Math.abs(value - effectiveGain(this.#mix, stem)) < 1e-4) continue;
      const gain = toControlDecibels(toDecibels(value));
      this.#mix = changeChannel(this.#mix, stem, { gain, muted: false });
    }
    this.#values = values;
    this.requestUpdate();
  }
}

define("danna-sep-panel", StemSeparatorPanel);
