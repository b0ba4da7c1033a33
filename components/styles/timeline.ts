// Looks of <stem-timeline>. Page thread.
import { css } from "lit";

export const timelineStyles = css`
  :host {
    --_ruler: var(--stem-ruler-height, 1.5em);
    --_lane: var(--stem-lane-height, max(3.375em, 54px));
    --_lane-head: var(--stem-lane-head, 0px);
    display: block;
    position: relative;
    direction: ltr;
    height: 4em;
    min-height: 44px;
    overflow-x: clip;
    overflow-clip-margin: 0.5em;
    user-select: none;
    -webkit-user-select: none;
  }
  :host([layout="lanes"]) {
    height: auto;
  }
  .ruler {
    position: relative;
    height: var(--_ruler);
    overflow: hidden;
    border-bottom: 1px solid var(--_line);
    color: var(--_muted);
    font-size: 1em;
  }
  .mark {
    position: absolute;
    inset-block: 0;
    display: flex;
    align-items: center;
    padding-left: 0.375em;
    border-left: 1px solid var(--_line);
  }
  .mark span {
    font-size: 0.6875em;
  }
  .lane {
    position: relative;
    height: var(--_lane);
    border-bottom: 1px solid var(--_line);
  }
  .lane canvas {
    top: calc(var(--_lane-head) + 4px);
    height: calc(100% - var(--_lane-head) - 8px);
  }
  .lane[data-silent] canvas {
    opacity: 0.4;
  }
  canvas {
    position: absolute;
    top: 0;
    left: 0;
    width: 100%;
    height: 100%;
  }
  .seek {
    position: absolute;
    inset: 0;
    border-radius: 0.25em;
    cursor: pointer;
    touch-action: pan-y;
  }
  :host([live]) .seek {
    pointer-events: none;
  }
  /* As wide as the timeline: so it moves by percent, whatever the width. */
  .playhead {
    position: absolute;
    inset: 0;
    border-left: 2px solid var(--_text);
    margin-left: -1px;
    pointer-events: none;
    will-change: transform;
  }
  .hover {
    position: absolute;
    inset-block: 0;
    left: 0;
    border-left: 1px solid var(--_muted);
    pointer-events: none;
  }
  .hover span {
    position: absolute;
    top: 0;
    left: 0;
    padding: 0 0.375em;
    border-radius: 0 0.25em 0.25em 0;
    background: var(--_raised);
    color: var(--_text);
    font-size: 0.75em;
    line-height: 1.6;
  }
  .hover[data-flipped] span {
    left: auto;
    right: 0;
    border-radius: 0.25em 0 0 0.25em;
  }
  .loop {
    position: absolute;
    inset: 0;
    background: var(--_text);
    opacity: 0.12;
    pointer-events: none;
  }
  .ready {
    position: absolute;
    inset: auto 0 0;
    height: 3px;
    border-radius: 1.5px;
    background: var(--_text);
    pointer-events: none;
  }
  :host([layout="lanes"]) .ready {
    inset: calc(var(--_ruler) - 2px) 0 auto;
    height: 2px;
  }
  .handle {
    position: absolute;
    inset: 0 auto 0;
    width: 44px;
    border-radius: 0.25em;
    cursor: ew-resize;
    touch-action: none;
  }
  .handle.a {
    margin-left: -36px;
  }
  .handle.b {
    margin-left: -8px;
  }
  .handle::before {
    content: "";
    position: absolute;
    inset-block: 0;
    width: 2px;
    background: var(--_text);
  }
  .handle.a::before {
    left: 35px;
  }
  .handle.b::before {
    left: 7px;
  }
  .handle span {
    position: absolute;
    top: 0;
    padding: 0 0.375em;
    border-radius: 0.25em;
    background: var(--_text);
    color: var(--_background);
    font-size: 0.75em;
    font-weight: 600;
    line-height: 1.5;
  }
  .handle.a span {
    right: 7px;
    border-top-right-radius: 0;
    border-bottom-right-radius: 0;
  }
  .handle.b span {
    left: 7px;
    border-top-left-radius: 0;
    border-bottom-left-radius: 0;
  }
  /* Seen when they are of use: else the ruler is as quiet as the rest. */
  .zoom {
    position: absolute;
    top: 0;
    right: 0;
    display: flex;
    background: var(--_surface);
    opacity: 0;
    pointer-events: none;
  }
  :host(:hover) .zoom,
  .zoom:focus-within,
  .zoom[data-zoomed] {
    opacity: 1;
    pointer-events: auto;
  }
  .zoom button {
    display: flex;
    align-items: center;
    justify-content: center;
    width: 44px;
    height: max(var(--_ruler), 24px);
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    color: var(--_text);
    cursor: pointer;
    touch-action: manipulation;
  }
  .zoom button:hover:not(:disabled) {
    background: var(--_raised);
  }
  .zoom button:disabled {
    color: var(--_muted);
    cursor: default;
  }
  .zoom svg {
    width: 1em;
    height: 1em;
    fill: currentColor;
  }
  @media (forced-colors: active) {
    .zoom button:disabled {
      color: GrayText;
    }
    .playhead {
      border-color: Highlight;
    }
    .ready,
    .loop {
      forced-color-adjust: none;
      background: Highlight;
    }
    .handle::before,
    .handle span {
      forced-color-adjust: none;
      background: Highlight;
      color: HighlightText;
    }
  }
`;
