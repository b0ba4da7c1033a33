// Looks of <stem-timeline>. Page thread.
import { css } from "lit";

export const timelineStyles = css`
  :host {
    display: block;
    position: relative;
    height: 4em;
    min-height: 44px;
    overflow-x: clip;
    overflow-clip-margin: 0.5em;
  }
  canvas {
    position: absolute;
    inset: 0;
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
  /* As wide as the timeline: so it moves by percent, whatever the width. */
  .playhead {
    position: absolute;
    inset: 0;
    border-left: 2px solid var(--_text);
    margin-left: -1px;
    pointer-events: none;
    will-change: transform;
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
  .handle {
    position: absolute;
    inset: 0 auto 0;
    width: 44px;
    margin-inline-start: -22px;
    border-radius: 0.25em;
    cursor: ew-resize;
    touch-action: none;
  }
  .handle::before {
    content: "";
    position: absolute;
    inset: 0 auto 0 50%;
    width: 2px;
    margin-inline-start: -1px;
    background: var(--_text);
  }
  .handle span {
    position: absolute;
    top: 0;
    left: 50%;
    padding: 0 0.375em;
    border-radius: 0.25em;
    background: var(--_text);
    color: var(--_background);
    font-size: 0.75em;
    font-weight: 600;
    line-height: 1.5;
  }
  .handle.b span {
    left: auto;
    right: 50%;
  }
  .handle.a span {
    border-start-start-radius: 0;
    border-end-start-radius: 0;
  }
  .handle.b span {
    border-start-end-radius: 0;
    border-end-end-radius: 0;
  }
  @media (forced-colors: active) {
    .playhead {
      border-color: Highlight;
    }
    .handle::before,
    .handle span {
      forced-color-adjust: none;
      background: Highlight;
      color: HighlightText;
    }
  }
`;
