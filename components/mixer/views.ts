// Templates of the mixer's regions: header, notices, pictures, transport, strips. Pure functions of the view;
// page thread.
import { html, nothing, svg } from "lit";
import { DEFAULT_STEMS } from "../../src/index.ts";
import {
  channelOf,
  effectiveGains,
  formatKey,
  formatTempo,
  isAudible,
  isLooping,
  KEY_RANGE,
  TEMPO_RANGE,
} from "../../src/player/index.ts";
import { fill } from "../core/texts.ts";
import { formatBytes, formatTime } from "../core/time.ts";
import {
  closeIcon,
  minusIcon,
  pauseIcon,
  playIcon,
  plusIcon,
  recordIcon,
  stopIcon,
} from "./icons.ts";
import { milliseconds, panelButton, percent } from "./panels.ts";
import { isListening, isPlaying, type MixerView } from "./view.ts";

/** How long a late hop keeps the badge marked, in milliseconds. */
const LATE_MARK = 5000;

export function renderHeader(view: MixerView) {
  const { state, texts, name, dispatch } = view;
  return html`<slot name="header">
    <header part="header">
      <div class="title">
        <span class="song" part="title">${name || texts.untitled}</span>
        ${
          state.source?.isGuest
            ? html`<button
                class="plain"
                aria-label=${texts.closeSource}
                @click=${() => dispatch({ do: "close" })}
              >
                ${closeIcon}
              </button>`
            : nothing
        }
      </div>
      ${renderBadge(view)}
    </header>
  </slot>`;
}

/** Latency, load and late hops in figures; opens the details. */
function renderBadge(view: MixerView) {
  const { texts, lang } = view;
  const { stats, better, latency, lateAt } = view.state;
  if (!stats) return nothing;
  const lateRecently = performance.now() - lateAt < LATE_MARK;
  const figure = (value: unknown, label: string, warn = false) =>
    html`<span class="figure" ?data-warn=${warn}
      ><b class="number">${value}</b> <span>${label}</span></span
    >`;
  return panelButton(
    view,
    "details",
    html`${figure(milliseconds(latency, lang), texts.latency)}
    ${figure(percent(stats.load, lang), texts.load, stats.load > 0.8)}
    ${figure(stats.lateHops, texts.late, stats.lateHops > 0 && lateRecently)}
    ${better ? figure(percent(better.ready, lang), texts.studio) : nothing}`,
  );
}

/** What the user should know or do now. */
export function renderNotice(view: MixerView) {
  const { state, texts, dispatch } = view;
  const { status, error, interruption } = state;
  const retry = () => dispatch({ do: "retry" });
  if (status === "loading") return renderLoading(view);
  if (status === "error") {
    return renderAlert(texts.errorTitle, error?.message ?? "", texts.retry, retry);
  }
  if (status === "lost") {
    const message = interruption?.error?.message ?? texts.deviceLost;
    return renderAlert(texts.lostTitle, message, texts.retry, retry);
  }
  if (interruption?.reason === "suspended") {
    return renderAlert("", texts.interrupted, texts.resume, () => dispatch({ do: "play" }));
  }
  if (error) {
    const failed = state.nodes?.separator.state === "failed";
    return failed
      ? renderAlert(texts.errorTitle, error.message, texts.retry, retry)
      : renderAlert("", error.message, texts.dismiss, () => dispatch({ do: "dismiss" }));
  }
  if (state.guarded) {
    const confirm = () => dispatch({ do: "headphones" });
    return renderAlert("", texts.headphones, texts.headphonesOn, confirm);
  }
  if (state.source?.hasEnded) {
    return html`<p class="notice" role="status">${texts.ended}</p>`;
  }
  return nothing;
}

function renderAlert(title: string, message: string, label: string, act: () => unknown) {
  return html`<div class="notice" part="notice" role="alert">
    <p>${title ? html`<strong>${title}.</strong> ` : nothing}${message}</p>
    <button class="primary" @click=${act}>${label}</button>
  </div>`;
}

function renderLoading({ state, texts, lang }: MixerView) {
  const { model, song } = state.progress;
  const loaded = model.loaded + song.loaded;
  const total = model.total + song.total;
  const known = total > 0 && loaded < total;
  const say =
    total === 0
      ? texts.loading
      : known
        ? fill(
            model.loaded < model.total || song.total === 0 ? texts.loadingModel : texts.loadingSong,
            {
              loaded: formatBytes(loaded, lang),
              total: formatBytes(total, lang),
            },
          )
        : texts.warmingUp;
  return html`<div class="notice loading" part="notice">
    <p role="status">${say}</p>
    <progress
      aria-label=${texts.loading}
      max="1"
      value=${known ? loaded / total : nothing}
    ></progress>
  </div>`;
}

export function renderPictures({ state, texts, lang, picture, clock, dispatch }: MixerView) {
  const { stems, mix, running } = state;
  const nodes = state.nodes?.stems ?? null;
  const modes = { spectrogram: texts.spectrogram, waveform: texts.waveform } as const;
  return html`
    ${
      picture === "off"
        ? nothing
        : html`<div class="stage" part="stage">
            <spectrum-view
              part="picture"
              lang=${lang}
              mode=${picture}
              .nodes=${nodes}
              .gains=${effectiveGains(mix, stems)}
              .running=${running}
            ></spectrum-view>
            ${nodes ? nothing : html`<p class="hint muted" part="picture-hint">${texts.pictureHint}</p>`}
            <div class="switch" role="group" aria-label=${texts.pictureSwitch}>
              ${(["spectrogram", "waveform"] as const).map(
                (mode) =>
                  html`<button
                    aria-pressed=${mode === picture}
                    @click=${() => dispatch({ do: "picture", picture: mode })}
                  >
                    ${modes[mode]}
                  </button>`,
              )}
            </div>
          </div>`
    }
    ${
      state.source?.isLive
        ? nothing
        : html`<stem-timeline
            part="timeline"
            exportparts="playhead, loop, handle, ready"
            lang=${lang}
            .duration=${state.duration}
            .clock=${clock}
            .outline=${state.source?.outline ?? null}
            .loop=${state.loop}
            .ready=${state.better?.spans ?? NO_SPANS}
            .nodes=${nodes}
            .running=${running}
            .rate=${state.tempo}
          ></stem-timeline>`
    }
  `;
}

const NO_SPANS: readonly [number, number][] = [];

export function renderTransport({ state, texts, lang, dispatch }: MixerView) {
  const { status, loop, key, tempo } = state;
  const playing = isPlaying(state);
  const listening = isListening(state);
  const isLive = state.source?.isLive ?? false;
  const toggle = () => dispatch({ do: "play-pause" });
  const loopLabel =
    loop.a === undefined ? texts.loopSetA : isLooping(loop) ? texts.loopClear : texts.loopSetB;
  return html`<slot name="transport">
    <div class="transport" part="transport">
      ${
        isLive
          ? html`<button
              class="play primary"
              part="play"
              aria-label=${listening ? texts.stopListening : texts.listen}
              aria-busy=${status === "loading"}
              @click=${toggle}
            >
              ${listening ? stopIcon : playIcon}
            </button>`
          : html`<button
                class="play primary"
                part="play"
                aria-label=${playing ? texts.pause : texts.play}
                aria-busy=${status === "loading"}
                @click=${toggle}
              >
                ${playing ? pauseIcon : playIcon}
              </button>
              <div class="time number" part="time" aria-hidden="true">
                <span class="position"></span>
                <span class="duration">${formatTime(state.duration || NaN)}</span>
              </div>
              <button
                class="loop-button"
                part="loop-button"
                aria-label=${`${texts.loop} A–B: ${loopLabel}`}
                aria-pressed=${isLooping(loop)}
                ?disabled=${status !== "ready"}
                @click=${() => dispatch({ do: "loop-cycle" })}
              >
                <span aria-hidden="true"
                  >${texts.loop} <b data-set=${loop.a !== undefined}>A</b>–<b
                    data-set=${loop.b !== undefined}
                    >B</b
                  ></span
                >
              </button>`
      }
      ${stepper(
        texts.key,
        formatKey(key),
        fill(texts.keyValue, { value: formatKey(key) }),
        [texts.keyDown, texts.keyUp],
        [key > KEY_RANGE.min, key < KEY_RANGE.max],
        (direction) => dispatch({ do: "key-by", semitones: direction * KEY_RANGE.step }),
        fill(texts.reset, { name: texts.key }),
        () => dispatch({ do: "key", semitones: 0 }),
      )}
      ${
        isLive
          ? nothing
          : stepper(
              texts.tempo,
              formatTempo(tempo, lang),
              formatTempo(tempo, lang),
              [texts.tempoDown, texts.tempoUp],
              [tempo > TEMPO_RANGE.min, tempo < TEMPO_RANGE.max],
              (direction) => dispatch({ do: "tempo-by", factor: direction * TEMPO_RANGE.step }),
              fill(texts.reset, { name: texts.tempo }),
              () => dispatch({ do: "tempo", factor: 1 }),
            )
      }
    </div>
  </slot>`;
}

/** A value between two buttons; pressing the value resets it. */
function stepper(
  name: string,
  value: string,
  spoken: string,
  labels: readonly [down: string, up: string],
  enabled: readonly [down: boolean, up: boolean],
  step: (direction: 1 | -1) => void,
  resetLabel: string,
  reset: () => void,
) {
  return html`<div class="stepper" part="stepper" role="group" aria-label=${name}>
    <button aria-label=${labels[0]} ?disabled=${!enabled[0]} @click=${() => step(-1)}>
      ${minusIcon}
    </button>
    <button class="value" title=${resetLabel} @click=${reset}>
      <span class="name">${name}</span>
      <span class="number" aria-hidden="true">${value}</span>
      <span class="visually-hidden" role="status">${spoken}</span>
    </button>
    <button aria-label=${labels[1]} ?disabled=${!enabled[1]} @click=${() => step(1)}>
      ${plusIcon}
    </button>
  </div>`;
}

export function renderStrips({ state, texts, lang, size, dispatch }: MixerView) {
  const { mix, stems, master, bypass, limiting, nodes } = state;
  const layout = size === "narrow" ? "row" : "column";
  return html`<div class="strips" part="strips" data-size=${size} ?data-bypass=${bypass}>
    <slot name="strips">
      ${stems.map(
        (stem) =>
          html`<stem-strip
            part="strip"
            exportparts="name, knob, meter, mute, solo"
            lang=${lang}
            stem=${stem}
            layout=${layout}
            .gain=${channelOf(mix, stem).gain}
            .muted=${channelOf(mix, stem).muted}
            .soloed=${channelOf(mix, stem).soloed}
            .silent=${!isAudible(mix, stem)}
            .node=${nodes?.stems[stem] ?? null}
          ></stem-strip>`,
      )}
    </slot>
    <slot name="master">
      <div class="master" part="master" role="group" aria-label=${texts.master}>
        <span class="name" aria-hidden="true">${texts.master}</span>
        <gain-knob
          part="master-knob"
          lang=${lang}
          label=${texts.master}
          .value=${master}
        ></gain-knob>
        <level-meter
          part="master-meter"
          lang=${lang}
          label=${texts.master}
          .node=${nodes?.output ?? null}
        ></level-meter>
        <button
          class="bypass"
          part="bypass"
          aria-pressed=${bypass}
          title=${texts.bypassHint}
          @click=${() => dispatch({ do: "bypass" })}
        >
          ${texts.bypass}
        </button>
        <span class="limiter" ?data-on=${limiting} title=${texts.limiting}>
          ${limiting ? texts.limiting : nothing}
        </span>
      </div>
    </slot>
  </div>`;
}

export function renderTools(view: MixerView) {
  const { state, texts, dispatch } = view;
  return html`<slot name="tools">
    <div class="tools" part="tools">
      ${
        state.recording
          ? html`<button
              class="record running"
              part="tool record"
              @click=${() => dispatch({ do: "record" })}
            >
              ${stopIcon}<span aria-hidden="true" class="elapsed number"></span>
              <span class="visually-hidden">${texts.stopRecording}</span>
            </button>`
          : panelButton(view, "record", html`${recordIcon}${texts.record}`)
      }
      ${panelButton(view, "midi", texts.midi)} ${panelButton(view, "shortcuts", texts.shortcuts)}
    </div>
  </slot>`;
}

/** Nothing to play yet: where to drop a song, and what else there is. */
export function renderEmpty({ texts, dropping, dispatch }: MixerView) {
  return html`<slot name="empty">
    <div class="empty" part="empty">
      ${emblem()}
      <p class="drop">${dropping ? texts.dropNow : texts.drop}</p>
      <div class="ways">
        <label class="button primary choose">
          ${texts.choose}
          <input
            class="visually-hidden"
            type="file"
            accept="audio/*,video/*"
            @change=${(event: Event) => {
              const [file] = (event.target as HTMLInputElement).files ?? [];
              if (file) dispatch({ do: "open", source: { kind: "file", file } });
            }}
          />
        </label>
        <button @click=${() => dispatch({ do: "open", source: { kind: "microphone" } })}>
          ${texts.useMicrophone}
        </button>
        ${
          "getDisplayMedia" in (navigator.mediaDevices ?? {})
            ? html`<button @click=${() => dispatch({ do: "open", source: { kind: "tab" } })}>
                ${texts.useTab}
              </button>`
            : nothing
        }
        <slot name="ways"></slot>
      </div>
      <p class="muted">${texts.private}</p>
    </div>
  </slot>`;
}

/** One sound that becomes four, drawn once: line, fork, and a wave of its own for each stem. */
const EMBLEM = DEFAULT_STEMS.map((stem, i) => {
  const [height, period] = [
    [9, 62],
    [11, 30],
    [7, 104],
    [9, 46],
  ][i];
  const points = Array.from({ length: 111 }, (_, k) => {
    const x = 92 + 2 * k;
    const t = Math.min(1, k / 32);
    const fork = t * t * (3 - 2 * t);
    const wave = fork * height * Math.sin((2 * Math.PI * 2 * k) / period);
    return `${x} ${(60 + fork * (30 * i - 45) - wave).toFixed(1)}`;
  });
  return { stem, path: `M ${points.join(" L ")}` };
});

function emblem() {
  return svg`<svg class="emblem" viewBox="0 0 320 120" aria-hidden="true">
    ${EMBLEM.map(({ stem, path }) => svg`<path data-stem=${stem} d=${path} />`)}
    <line x1="4" y1="60" x2="94" y2="60" />
  </svg>`;
}
