// Templates of the mixer's regions: header, notices, pictures, transport, strips. Page thread.
import { html, nothing, svg } from "lit";
import { STEMS } from "../../src/stems.ts";
import { effectiveGain, isAudible } from "../../src/player/mix.ts";
import { isLooping } from "../../src/player/loop.ts";
import { fill, type Texts } from "../core/texts.ts";
import { formatBytes, formatTime } from "../core/time.ts";
import { formatKey, formatTempo, KEY_RANGE, TEMPO_RANGE } from "../../src/player/tuning.ts";
import type { StemMixer } from "../stem-mixer.ts";
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

export function renderHeader(mixer: StemMixer, texts: Texts) {
  return html`<slot name="header">
    <header part="header">
      <div class="title">
        <span class="song" part="title">${mixer.songName || texts.untitled}</span>
        ${
          mixer.canClose
            ? html`<button
                class="plain"
                aria-label=${texts.closeSource}
                @click=${() => mixer.close()}
              >
                ${closeIcon}
              </button>`
            : nothing
        }
      </div>
      ${renderBadge(mixer, texts)}
    </header>
  </slot>`;
}

/** Latency, load and late hops in figures; opens the details. */
function renderBadge(mixer: StemMixer, texts: Texts) {
  const { stats, language: lang, session } = mixer;
  if (!stats) return nothing;
  const better = session?.songStems;
  const figure = (value: unknown, label: string, warn = false) =>
    html`<span class="figure" ?data-warn=${warn}
      ><b class="number">${value}</b> <span>${label}</span></span
    >`;
  return panelButton(
    mixer,
    "details",
    html`${figure(milliseconds(mixer.latency, lang), texts.latency)}
    ${figure(percent(stats.load, lang), texts.load, stats.load > 0.8)}
    ${figure(stats.lateHops, texts.late, stats.lateHops > 0 && mixer.lateRecently)}
    ${better ? figure(percent(better.ready, lang), texts.studio) : nothing}`,
  );
}

/** What the user should know or do now. */
export function renderNotice(mixer: StemMixer, texts: Texts) {
  switch (mixer.state) {
    case "loading":
      return renderLoading(mixer, texts);
    case "error":
      return renderAlert(texts.errorTitle, mixer.failure?.message ?? "", texts.retry, () =>
        mixer.retry(),
      );
    case "lost":
      return renderAlert(
        texts.lostTitle,
        mixer.interruption?.error?.message ?? texts.deviceLost,
        texts.retry,
        () => mixer.retry(),
      );
    case "idle":
    case "waiting":
    case "ready":
      break;
  }
  if (mixer.interruption?.reason === "suspended") {
    return renderAlert("", texts.interrupted, texts.resume, () => mixer.play());
  }
  if (mixer.failure) {
    const failed = mixer.separator?.state === "failed";
    const action = failed ? texts.retry : texts.dismiss;
    return renderAlert(failed ? texts.errorTitle : "", mixer.failure.message, action, () => {
      mixer.dismiss();
      if (failed) mixer.separator?.restart();
    });
  }
  if (mixer.needsHeadphones) {
    return renderAlert("", texts.headphones, texts.headphonesOn, () => mixer.confirmHeadphones());
  }
  if (mixer.hasEnded) return html`<p class="notice" role="status">${texts.ended}</p>`;
  return nothing;
}

function renderAlert(title: string, message: string, label: string, act: () => unknown) {
  return html`<div class="notice" part="notice" role="alert">
    <p>${title ? html`<strong>${title}.</strong> ` : nothing}${message}</p>
    <button class="primary" @click=${act}>${label}</button>
  </div>`;
}

function renderLoading(mixer: StemMixer, texts: Texts) {
  const { language: lang } = mixer;
  const { model, song } = mixer.progress;
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

export function renderPictures(mixer: StemMixer, texts: Texts) {
  const nodes = mixer.session?.stems ?? null;
  const gains = mixer.heardGains;
  const view = mixer.picture;
  const modes = { spectrogram: texts.spectrogram, waveform: texts.waveform } as const;
  return html`
    ${
      view === "off"
        ? nothing
        : html`<div class="stage" part="stage">
            <spectrum-view
              part="picture"
              lang=${mixer.language}
              mode=${view}
              .nodes=${nodes}
              .gains=${gains}
              .running=${mixer.isRunning}
            ></spectrum-view>
            ${nodes ? nothing : html`<p class="hint muted" part="picture-hint">${texts.pictureHint}</p>`}
            <div class="switch" role="group" aria-label=${texts.pictureSwitch}>
              ${(["spectrogram", "waveform"] as const).map(
                (mode) =>
                  html`<button aria-pressed=${mode === view} @click=${() => (mixer.picture = mode)}>
                    ${modes[mode]}
                  </button>`,
              )}
            </div>
          </div>`
    }
    ${
      mixer.hasTimeline
        ? html`<stem-timeline
            part="timeline"
            exportparts="playhead, loop, handle, ready"
            lang=${mixer.language}
            .duration=${mixer.duration}
            .clock=${mixer.clock}
            .outline=${mixer.outline}
            .loop=${mixer.loop}
            .ready=${mixer.readySpans}
            .nodes=${nodes}
            .running=${mixer.isRunning}
            .rate=${mixer.tempo}
          ></stem-timeline>`
        : nothing
    }
  `;
}

export function renderTransport(mixer: StemMixer, texts: Texts) {
  const playing = !mixer.paused;
  const { loop, keyShift, tempo, language: lang } = mixer;
  const loopLabel =
    loop.a === undefined ? texts.loopSetA : isLooping(loop) ? texts.loopClear : texts.loopSetB;
  return html`<slot name="transport">
    <div class="transport" part="transport">
      ${
        mixer.isLive
          ? html`<button
              class="play primary"
              part="play"
              aria-label=${mixer.isListening ? texts.stopListening : texts.listen}
              aria-busy=${mixer.state === "loading"}
              @click=${() => mixer.toggleListening()}
            >
              ${mixer.isListening ? stopIcon : playIcon}
            </button>`
          : html`<button
                class="play primary"
                part="play"
                aria-label=${playing ? texts.pause : texts.play}
                aria-busy=${mixer.state === "loading"}
                @click=${() => mixer.togglePlay()}
              >
                ${playing ? pauseIcon : playIcon}
              </button>
              <div class="time number" part="time" aria-hidden="true">
                <span class="position"></span>
                <span class="duration">${formatTime(mixer.duration || NaN)}</span>
              </div>
              <button
                class="loop-button"
                part="loop-button"
                aria-label=${`${texts.loop} A–B: ${loopLabel}`}
                aria-pressed=${isLooping(loop)}
                ?disabled=${mixer.state !== "ready"}
                @click=${() => mixer.cycleLoop()}
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
        formatKey(keyShift),
        fill(texts.keyValue, { value: formatKey(keyShift) }),
        [texts.keyDown, texts.keyUp],
        [keyShift > KEY_RANGE.min, keyShift < KEY_RANGE.max],
        (direction) => (mixer.keyShift += direction * KEY_RANGE.step),
        fill(texts.reset, { name: texts.key }),
        () => (mixer.keyShift = 0),
      )}
      ${
        mixer.isLive
          ? nothing
          : stepper(
              texts.tempo,
              formatTempo(tempo, lang),
              formatTempo(tempo, lang),
              [texts.tempoDown, texts.tempoUp],
              [tempo > TEMPO_RANGE.min, tempo < TEMPO_RANGE.max],
              (direction) => (mixer.tempo += direction * TEMPO_RANGE.step),
              fill(texts.reset, { name: texts.tempo }),
              () => (mixer.tempo = 1),
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

export function renderStrips(mixer: StemMixer, texts: Texts) {
  const { mix, language: lang } = mixer;
  const layout = mixer.size === "narrow" ? "row" : "column";
  return html`<div
    class="strips"
    part="strips"
    data-size=${mixer.size}
    ?data-bypass=${mixer.bypass}
  >
    <slot name="strips">
      ${STEMS.map(
        (stem) =>
          html`<stem-strip
            part="strip"
            exportparts="name, knob, meter, mute, solo"
            lang=${lang}
            stem=${stem}
            layout=${layout}
            .gain=${mix[stem].gain}
            .muted=${mix[stem].muted}
            .soloed=${mix[stem].soloed}
            .silent=${!isAudible(mix, stem)}
            .node=${mixer.session?.stems?.[stem] ?? null}
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
          .value=${mixer.master}
        ></gain-knob>
        <level-meter
          part="master-meter"
          lang=${lang}
          label=${texts.master}
          .node=${mixer.session?.output ?? null}
        ></level-meter>
        <button
          class="bypass"
          part="bypass"
          aria-pressed=${mixer.bypass}
          title=${texts.bypassHint}
          @click=${() => (mixer.bypass = !mixer.bypass)}
        >
          ${texts.bypass}
        </button>
        <span class="limiter" ?data-on=${mixer.limiting} title=${texts.limiting}>
          ${mixer.limiting ? texts.limiting : nothing}
        </span>
      </div>
    </slot>
  </div>`;
}

export function renderTools(mixer: StemMixer, texts: Texts) {
  const { recording } = mixer;
  return html`<slot name="tools">
    <div class="tools" part="tools">
      ${
        recording.running
          ? html`<button
              class="record running"
              part="tool record"
              @click=${() => mixer.toggleRecording()}
            >
              ${stopIcon}<span aria-hidden="true" class="elapsed number"></span>
              <span class="visually-hidden">${texts.stopRecording}</span>
            </button>`
          : panelButton(mixer, "record", html`${recordIcon}${texts.record}`)
      }
      ${panelButton(mixer, "midi", texts.midi)} ${panelButton(mixer, "shortcuts", texts.shortcuts)}
    </div>
  </slot>`;
}

/** Nothing to play yet: where to drop a song, and what else there is. */
export function renderEmpty(mixer: StemMixer, texts: Texts) {
  return html`<slot name="empty">
    <div class="empty" part="empty">
      ${emblem()}
      <p class="drop">${mixer.dropping ? texts.dropNow : texts.drop}</p>
      <div class="ways">
        <label class="button primary choose">
          ${texts.choose}
          <input
            class="visually-hidden"
            type="file"
            accept="audio/*,video/*"
            @change=${(event: Event) => {
              const [file] = (event.target as HTMLInputElement).files ?? [];
              if (file) void mixer.load(file);
            }}
          />
        </label>
        <button @click=${() => mixer.useMicrophone()}>${texts.useMicrophone}</button>
        ${
          "getDisplayMedia" in (navigator.mediaDevices ?? {})
            ? html`<button @click=${() => mixer.useTab()}>${texts.useTab}</button>`
            : nothing
        }
        <slot name="ways"></slot>
      </div>
      <p class="muted">${texts.private}</p>
    </div>
  </slot>`;
}

/** One sound that becomes four, drawn once: line, fork, and a wave of its own for each stem. */
const EMBLEM = STEMS.map((stem, i) => {
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

/** Gains at which the stems are heard, for the pictures. */
export function heardGains(mixer: StemMixer) {
  return Object.fromEntries(STEMS.map((stem) => [stem, effectiveGain(mixer.mix, stem)])) as Record<
    (typeof STEMS)[number],
    number
  >;
}
