// Templates of the mixer's regions: header, notices, transport, lanes, master. Pure functions of the view;
// page thread.
import { html, nothing } from "lit";
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
import { errorText } from "../core/error-text.ts";
import type { Fact } from "../core/song-facts.ts";
import { fill } from "../core/texts.ts";
import { formatBytes, formatTime } from "../core/time.ts";
import { renderError } from "../error-message.ts";
import {
  closeIcon,
  expandIcon,
  minusIcon,
  moreIcon,
  pauseIcon,
  playIcon,
  plusIcon,
  recordIcon,
  shrinkIcon,
  stopIcon,
} from "./icons.ts";
import { panelButton } from "./panel-button.ts";
import { compactStatus, mixerStatus } from "./status.ts";
import { isListening, isPlaying, type MixerView } from "./view.ts";

export function renderHeader(view: MixerView) {
  const { state, texts, name, dispatch, expanded, slots } = view;
  const title = name || texts.untitled;
  const { artist } = state.source ?? {};
  return html`<header>
    <slot name="header">
      <div class="title" part="header">
        <span class="names">
          <span class="song" part="title" title=${title}>${title}</span>
          ${artist ? html`<span class="artist" part="artist">${artist}</span>` : nothing}
        </span>
        ${
          state.source?.isGuest
            ? html`<button
                class="plain close"
                aria-label=${texts.closeSource}
                @click=${() => dispatch({ do: "close" })}
              >
                ${closeIcon}
              </button>`
            : nothing
        }
      </div>
    </slot>
    <div class="actions">
      ${renderStatus(view)}
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
          : nothing
      }
      ${
        slots.tools
          ? nothing
          : html`${
              state.source?.kind === "file"
                ? renderExport(view)
                : state.recording
                  ? nothing
                  : panelButton(view, "record", html`${recordIcon}${texts.record}`)
            }
            ${panelButton(view, "more", moreIcon, { label: texts.more })}`
      }
      <button
        class="expand"
        part="expand"
        aria-label=${expanded ? texts.shrink : texts.openMixer}
        @click=${() => dispatch({ do: "expand" })}
      >
        ${expanded ? shrinkIcon : expandIcon}
      </button>
    </div>
  </header>`;
}

/** One press exports what is heard; the other button asks what else. While an export runs both show how far it is. */
function renderExport(view: MixerView) {
  const { state, texts, dispatch } = view;
  const disabled = state.status !== "ready";
  return html`<span class="split"
    ><button
      class="primary"
      part="tool export"
      title=${state.status === "waiting" ? texts.exportWaits : nothing}
      ?disabled=${disabled}
      @click=${() =>
        dispatch(state.saving ? { do: "panel", panel: "save" } : { do: "save", what: "mix" })}
    >
      ${texts.export}</button
    >${panelButton(view, "save", nothing, { label: texts.exportWhat, disabled, primary: true })}</span
  >`;
}

/** What the sound is like, in one phrase; opens the details, which a compact mixer has not. */
function renderStatus(view: MixerView) {
  const { state, texts, lang, layout } = view;
  const isCompact = layout === "compact";
  const status = (isCompact ? compactStatus : mixerStatus)(state, texts, lang, performance.now());
  if (!status) return nothing;
  return panelButton(view, "details", status.text, {
    kind: status.kind,
    disabled: isCompact || status.kind === "loading",
    hint: texts.details,
  });
}

/** What the user should know or do now. */
export function renderNotice(view: MixerView) {
  const { state, texts, dispatch } = view;
  const { status, error, interruption } = state;
  const retry = () => dispatch({ do: "retry" });
  const say = (error: Error) => renderError(errorText(texts, error), texts);
  if (status === "loading") return nothing;
  if (status === "error") {
    const another = state.source?.kind === "file" ? fileButton(view, texts.another) : nothing;
    return renderAlert(texts.errorTitle, error && say(error), texts.retry, retry, another);
  }
  if (interruption?.reason === "muted") {
    return html`<p class="notice" role="alert">${texts.inputMuted}</p>`;
  }
  if (status === "lost") {
    const { reason, error } = interruption!;
    // What the browser refuses has a cause; a device that was there and is gone has none.
    const isGone = reason === "unplugged" && !error?.cause;
    const title = isGone ? texts.lostTitle : texts.errorTitle;
    return renderAlert(title, error && say(error), texts.retry, retry);
  }
  if (interruption?.reason === "suspended") {
    return renderAlert("", texts.interrupted, texts.resume, () => dispatch({ do: "play" }));
  }
  if (error) {
    const failed = state.nodes?.separator?.state === "failed";
    return failed
      ? renderAlert(texts.errorTitle, say(error), texts.retry, retry)
      : renderAlert("", say(error), texts.dismiss, () => dispatch({ do: "dismiss" }));
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

function renderAlert(
  title: string,
  message: unknown,
  label: string,
  act: () => unknown,
  more: unknown = nothing,
) {
  return html`<div class="notice" part="notice" role="alert">
    <div class="said">${title ? html`<strong>${title}.</strong>` : nothing} ${message}</div>
    ${more}
    <button class="primary" @click=${act}>${label}</button>
  </div>`;
}

/** A button that lets the user choose a song's file, or those of its stems. */
export function fileButton({ dispatch }: MixerView, label: string, look = "") {
  return html`<label class="button choose ${look}">
    ${label}
    <input
      class="visually-hidden"
      type="file"
      accept="audio/*,video/*"
      multiple
      @change=${(event: Event) => {
        const input = event.target as HTMLInputElement;
        const files = [...(input.files ?? [])];
        // Choosing the same file again is a change, too.
        input.value = "";
        if (files.length > 0) dispatch({ do: "take", files });
      }}
    />
  </label>`;
}

/** How far loading is, where the ruler will be: nothing moves when it is done. */
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
        : texts.loading;
  return html`<div class="loading" part="loading">
    <p role="status">${say}</p>
    <progress
      aria-label=${texts.loading}
      max="1"
      value=${known ? loaded / total : nothing}
    ></progress>
  </div>`;
}

export function renderTransport(view: MixerView, mixes: unknown) {
  const { state, texts, lang, dispatch, slots, facts } = view;
  const { status, loop, key, tempo } = state;
  const playing = isPlaying(state);
  const listening = isListening(state);
  const isLive = state.source?.isLive ?? false;
  const toggle = () => dispatch({ do: "play-pause" });
  const loopLabel =
    loop.a === undefined ? texts.loopSetA : isLooping(loop) ? texts.loopClear : texts.loopSetB;
  return html`<slot name="transport">
      <div class="transport" part="transport">
        <div class="go">
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
                    <span class="duration">/ ${formatTime(state.duration || NaN)}</span>
                  </div>`
          }
        </div>
        ${mixes}
        <div class="tuning">
          ${stepper(
            texts.key,
            facts?.key,
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
              : html`${stepper(
                    texts.tempo,
                    facts?.tempo,
                    formatTempo(tempo, lang),
                    formatTempo(tempo, lang),
                    [texts.tempoDown, texts.tempoUp],
                    [tempo > TEMPO_RANGE.min, tempo < TEMPO_RANGE.max],
                    (direction) =>
                      dispatch({ do: "tempo-by", factor: direction * TEMPO_RANGE.step }),
                    fill(texts.reset, { name: texts.tempo }),
                    () => dispatch({ do: "tempo", factor: 1 }),
                  )}
                  <button
                    class="loop-button"
                    part="loop-button"
                    aria-label=${`${texts.loop} A–B: ${loopLabel}`}
                    aria-pressed=${isLooping(loop)}
                    ?disabled=${status !== "ready"}
                    @click=${({ altKey }: MouseEvent) =>
                      dispatch({ do: "loop-cycle", exact: altKey })}
                  >
                    <span aria-hidden="true"
                      ><span class="word">${texts.loop} </span
                      ><b data-set=${loop.a !== undefined}>A</b>–<b data-set=${loop.b !== undefined}
                        >B</b
                      ></span
                    >
                  </button>`
          }
        </div>
      </div>
    </slot>
    ${slots.transport ? mixes : nothing}`;
}

/** A value between two buttons; pressing the value resets it. */
function stepper(
  name: string,
  fact: Fact | undefined,
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
      <span class="name" aria-hidden=${fact !== undefined}>${fact?.text ?? name}</span>
      <span class="visually-hidden">${fact?.spoken}</span>
      <span class="number" aria-hidden="true">${value}</span>
      <span class="visually-hidden" role="status">${spoken}</span>
    </button>
    <button aria-label=${labels[1]} ?disabled=${!enabled[1]} @click=${() => step(1)}>
      ${plusIcon}
    </button>
  </div>`;
}

const NO_SPANS: readonly [number, number][] = [];

/** A lane for each stem: its controls, and its waveform beside or below them. */
export function renderLanes(view: MixerView) {
  const { state, texts, lang, layout, slots, clock } = view;
  const { mix, stems, bypass, nodes, running, duration, loop, tempo, status } = state;
  const isLive = state.source?.isLive ?? false;
  const lanes = layout !== "compact" && !slots.strips;
  return html`<div class="lanes" part="strips" ?data-bypass=${bypass} ?data-slotted=${slots.strips}>
    <slot name="strips">
      <div class="heads">
        ${stems.map(
          (stem) =>
            html`<stem-strip
              part="strip"
              exportparts="name, knob, meter, mute, solo"
              lang=${lang}
              stem=${stem}
              layout=${layout === "compact" ? "small" : "lane"}
              .gain=${channelOf(mix, stem).gain}
              .muted=${channelOf(mix, stem).muted}
              .soloed=${channelOf(mix, stem).soloed}
              .silent=${!isAudible(mix, stem)}
              .node=${nodes?.stems[stem] ?? null}
            ></stem-strip>`,
        )}
      </div>
    </slot>
    <div class="stage" part="stage">
      <stem-timeline
        part="timeline"
        exportparts="playhead, loop, handle, ready, ruler, lane, hover, zoom"
        lang=${lang}
        layout=${lanes ? "lanes" : "layers"}
        ?live=${isLive}
        .duration=${duration}
        .clock=${clock}
        .outline=${state.source?.outline ?? null}
        .loop=${loop}
        .beats=${state.analysis?.tempo?.beats}
        .ready=${state.better?.spans ?? NO_SPANS}
        .levels=${state.better?.levels ?? null}
        .detail=${state.source?.detail}
        .fineLevels=${state.better?.detail}
        .stems=${stems}
        .silent=${bypass ? NO_STEMS : stems.filter((stem) => !isAudible(mix, stem))}
        .nodes=${nodes?.stems ?? null}
        .running=${running}
        .rate=${tempo}
      ></stem-timeline>
      ${
        status === "loading"
          ? renderLoading(view)
          : nodes
            ? nothing
            : html`<p class="hint muted" part="picture-hint">${texts.pictureHint}</p>`
      }
    </div>
  </div>`;
}

const NO_STEMS: readonly string[] = [];

/** The master, and the picture of the mix where it is switched on. */
export function renderMaster({ state, texts, lang, picture, dispatch }: MixerView) {
  const { master, bypass, limiting, nodes, mix, stems, running } = state;
  const isOn = picture !== "off";
  return html`<div class="foot">
    <slot name="master">
      <div class="master" part="master" role="group" aria-label=${texts.master}>
        <span class="name" aria-hidden="true">${texts.master}</span>
        <gain-knob
          part="master-knob"
          lang=${lang}
          shape="inline"
          label=${texts.master}
          .value=${master}
        ></gain-knob>
        <button
          class="bypass"
          part="bypass"
          aria-pressed=${bypass}
          title=${texts.bypassHint}
          @click=${() => dispatch({ do: "bypass" })}
        >
          ${texts.bypass}
        </button>
        <level-meter
          part="master-meter"
          lang=${lang}
          label=${texts.master}
          .node=${nodes?.output ?? null}
        ></level-meter>
      </div>
    </slot>
    <div class="below">
      <button
        class="plain"
        part="picture-switch"
        aria-pressed=${isOn}
        @click=${() => dispatch({ do: "picture" })}
      >
        ${texts.spectrogram}
      </button>
      <span class="limiter muted" role="status">${limiting ? texts.limiting : nothing}</span>
    </div>
    ${
      isOn
        ? html`<spectrum-view
            part="picture"
            lang=${lang}
            mode=${picture}
            .nodes=${nodes?.stems ?? null}
            .gains=${effectiveGains(mix, stems)}
            .running=${running}
          ></spectrum-view>`
        : nothing
    }
  </div>`;
}
