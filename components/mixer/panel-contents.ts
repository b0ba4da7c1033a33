// What the panels of shortcuts and of details show. Page thread; loaded when one opens.
import { html, nothing } from "lit";
import { SHORTCUTS, type Action } from "../core/shortcuts.ts";
import { fill, type Texts } from "../core/texts.ts";
import { formatBytes } from "../core/time.ts";
import type { StemMixer } from "../stem-mixer.ts";
import { milliseconds, percent } from "./panels.ts";

export function renderShortcuts(texts: Texts) {
  return html`<dl class="shortcuts">
    ${SHORTCUTS.map(
      ({ label, action }) =>
        html`<div>
          <dt><kbd>${label}</kbd></dt>
          <dd>${describe(action, texts)}</dd>
        </div>`,
    )}
  </dl>`;
}

function describe(action: Action, texts: Texts): string {
  switch (action.do) {
    case "play-pause":
      return `${texts.play} / ${texts.pause}`;
    case "restart":
      return texts.restart;
    case "bypass":
      return texts.bypass;
    case "record":
      return texts.record;
    case "help":
      return texts.shortcuts;
    case "seek-by":
      return action.seconds < 0 ? texts.seekBack : texts.seekForward;
    case "loop-point":
      return action.point === "a" ? texts.loopSetA : texts.loopSetB;
    case "loop-clear":
      return texts.loopClear;
    case "key-by":
      return action.semitones < 0 ? texts.keyDown : texts.keyUp;
    case "tempo-by":
      return action.factor < 0 ? texts.tempoDown : texts.tempoUp;
    case "mute":
      return fill(texts.muteStem, { stem: texts[action.stem] });
    case "solo":
      return fill(texts.soloStem, { stem: texts[action.stem] });
  }
}

export function renderDetails(mixer: StemMixer, texts: Texts) {
  const { stats, separator, language: lang } = mixer;
  const rows: [string, unknown][] = [[texts.latencyLong, milliseconds(mixer.latency, lang)]];
  if (stats && separator) {
    const { name, bytes } = separator.manifest;
    rows.push(
      [texts.loadLong, percent(stats.load, lang)],
      [texts.lateLong, stats.lateHops],
      [texts.dryLong, stats.underruns],
      [texts.quality, texts[separator.latencyMode]],
      [texts.backendLong, separator.backend === "webgpu" ? "WebGPU" : "WebAssembly"],
      [
        texts.transportLong,
        separator.transport === "shared" ? texts.transportShared : texts.transportPorts,
      ],
      [texts.modelLong, `${name}, ${formatBytes(bytes, lang)}`],
    );
  }
  const better = mixer.session?.songStems;
  if (better) {
    const done = percent(better.ready, lang);
    rows.push([texts.stemQuality, fill(texts.studioReady, { done })]);
  }
  return html`
    <dl class="details">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="number">${value}</dd>
          </div>`,
      )}
    </dl>
    ${separator?.transport === "ports" ? html`<p class="note">${texts.notIsolated}</p>` : nothing}
    ${
      mixer.keyShift !== 0 && !mixer.isFile && separator
        ? html`<p class="note">
            ${fill(texts.keyAdds, {
              latency: milliseconds(mixer.latency - separator.latency, lang),
            })}
          </p>`
        : nothing
    }
    ${better && !better.kept ? html`<p class="note">${texts.notKept}</p>` : nothing}
    ${mixer.pictureNote(texts)}
  `;
}
