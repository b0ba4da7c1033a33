// Looks of <gain-knob>. Page thread.
import { css } from "lit";

export const knobStyles = css`
  :host {
    --_size: var(--stem-knob-size, 7em);
    display: inline-block;
    position: relative;
    width: var(--_size);
    height: var(--_size);
    min-width: 44px;
    min-height: 44px;
    flex: none;
  }
  .dial {
    position: relative;
    width: 100%;
    height: 100%;
    border-radius: 50%;
    cursor: ns-resize;
    touch-action: pan-y;
    user-select: none;
    -webkit-user-select: none;
  }
  :host([disabled]) .dial {
    cursor: default;
  }
  svg {
    display: block;
    width: 100%;
    height: 100%;
    overflow: visible;
  }
  path {
    fill: none;
    stroke-width: 6;
    stroke-linecap: round;
  }
  .track {
    stroke: var(--_line);
  }
  .value {
    stroke: var(--_stem, var(--_text));
    opacity: var(--_audible, 1);
  }
  .thumb {
    fill: var(--_surface);
    stroke: var(--_stem, var(--_text));
    stroke-width: 3;
  }
  .tick {
    stroke: var(--_muted);
    stroke-width: 2;
    stroke-linecap: round;
  }
  .readout {
    position: absolute;
    inset: 0;
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    line-height: 1;
    pointer-events: none;
  }
  .figures {
    font-size: calc(var(--_size) * 0.235);
    font-weight: 500;
    letter-spacing: -0.03em;
  }
  .unit {
    margin-top: 0.3em;
    font-size: max(calc(var(--_size) * 0.1), 0.625rem);
    color: var(--_muted);
    letter-spacing: 0.02em;
  }
  input {
    position: absolute;
    inset: 50% 12% auto;
    width: 76%;
    height: calc(var(--_size) * 0.38);
    transform: translateY(-50%);
    padding: 0;
    border: 0;
    border-radius: 0.25em;
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: calc(var(--_size) * 0.2);
    font-weight: 500;
    text-align: center;
    pointer-events: none;
  }
  input:focus-visible {
    outline-offset: 0;
  }
  :host([shape="inline"]) {
    --_size: var(--stem-knob-size, clamp(44px, 2.75em, 64px));
    width: auto;
    min-height: 0;
  }
  :host([shape="inline"]) .dial {
    display: flex;
    align-items: center;
    width: auto;
    border-radius: var(--_radius);
  }
  :host([shape="inline"]) svg {
    width: var(--_size);
    padding: 3%;
  }
  :host([shape="inline"]) path,
  :host([shape="inline"]) .thumb {
    stroke-width: 9;
  }
  :host([shape="inline"]) .thumb {
    r: 9px;
  }
  :host([shape="inline"]) .readout {
    position: static;
    width: 3em;
    align-items: end;
  }
  :host([shape="inline"]) .figures {
    font-size: 0.9375em;
  }
  :host([shape="inline"]) .unit {
    display: none;
  }
  :host([shape="inline"]) input {
    inset: 50% 0 auto auto;
    width: 3.5em;
    height: 2em;
    font-size: 0.9375em;
    text-align: end;
  }
  :host([data-held]) svg,
  :host([data-held]) .fader {
    filter: brightness(1.25);
  }
  :host([shape="fader"]) {
    display: block;
    width: auto;
    height: auto;
  }
  :host([shape="fader"]) .dial {
    display: grid;
    gap: 0.5em;
    height: auto;
    padding: 0.25em calc(var(--_size) * 0.14);
    border-radius: var(--_radius);
    cursor: ew-resize;
  }
  :host([shape="fader"]) .readout {
    position: static;
    order: -1;
    flex-direction: row;
    align-items: baseline;
    justify-content: end;
    gap: 0.25em;
  }
  .name {
    margin-inline-end: auto;
    font-size: calc(var(--_size) * 0.17);
    font-weight: 600;
  }
  :host([shape="fader"]) .figures {
    font-size: calc(var(--_size) * 0.4);
  }
  :host([shape="fader"]) .unit {
    margin: 0;
    font-size: calc(var(--_size) * 0.14);
  }
  :host([shape="fader"]) input {
    inset: 0 0 auto;
    margin: auto;
    width: 40%;
    transform: none;
    font-size: calc(var(--_size) * 0.34);
    height: calc(var(--_size) * 0.5);
  }
  .fader {
    position: relative;
    height: max(44px, calc(var(--_size) * 0.42));
  }
  .groove,
  .filled {
    position: absolute;
    top: 50%;
    left: 0;
    height: calc(var(--_size) * 0.09);
    border-radius: 1em;
    transform: translateY(-50%);
  }
  .groove {
    right: 0;
    background: var(--_line);
  }
  .filled {
    background: var(--_stem, var(--_text));
    opacity: var(--_audible, 1);
  }
  .mark {
    position: absolute;
    top: calc(50% - var(--_size) * 0.16);
    width: 2px;
    height: calc(var(--_size) * 0.07);
    margin-inline-start: -1px;
    background: var(--_muted);
  }
  .cap {
    position: absolute;
    top: 50%;
    width: max(44px, calc(var(--_size) * 0.28));
    height: calc(var(--_size) * 0.36);
    border: calc(var(--_size) * 0.035) solid var(--_stem, var(--_text));
    border-radius: 1em;
    background: var(--_surface);
    transform: translate(-50%, -50%);
  }
  @media (forced-colors: active) {
    .groove {
      border: 1px solid CanvasText;
    }
    .filled,
    .cap {
      forced-color-adjust: none;
    }
    .cap {
      background: Canvas;
    }
    .track,
    :host([shape]) .track {
      stroke: CanvasText;
      stroke-width: 2;
    }
    .tick {
      stroke: CanvasText;
    }
    .value,
    .thumb {
      forced-color-adjust: none;
      stroke: var(--_stem, Highlight);
    }
    .thumb {
      fill: Canvas;
    }
  }
`;
