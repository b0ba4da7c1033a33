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
    touch-action: none;
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
  @media (forced-colors: active) {
    .track {
      stroke: CanvasText;
      stroke-width: 1;
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
