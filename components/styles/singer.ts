// Looks of <stem-singer>. Page thread.
import { css } from "lit";

export const singerStyles = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  .lane,
  .take {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5em 1em;
  }
  .take {
    margin-block-start: 0.75em;
  }
  .knob {
    display: flex;
    align-items: center;
    gap: 0.5em;
  }
  level-meter {
    width: 6em;
    height: 0.875em;
  }
  label {
    display: inline-flex;
    align-items: center;
    gap: 0.5em;
    min-height: 44px;
    color: var(--_muted);
    font-size: 0.9375em;
  }
  input[type="range"] {
    width: 6em;
    accent-color: var(--_text);
  }
  input[type="checkbox"] {
    width: 1.25em;
    height: 1.25em;
    accent-color: var(--_text);
  }
  .end {
    margin-inline-start: auto;
  }
  /* On a phone the two that are pressed stand in the first row, and what is set below them. */
  @container (max-width: 30em) {
    .lane {
      gap: 0.25em 0.75em;
    }
    .lane > button:first-child {
      order: -2;
    }
    .end {
      order: -1;
    }
    .lane > .delay {
      order: 1;
    }
  }
  .name,
  .unit,
  .delay {
    color: var(--_muted);
    font-size: 0.9375em;
  }
  .recording {
    border-color: var(--_danger);
    color: var(--_danger);
  }
  audio {
    flex: 1 1 16em;
    min-width: min(100%, 14em);
    height: 44px;
  }
  select {
    min-height: 44px;
    padding: 0 0.5em;
    border: 1px solid var(--_control);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 0.9375em;
  }
  .error {
    margin: 0.5em 0 0;
    color: var(--_danger);
  }
  .warning {
    margin: 0.5em 0 0;
    color: var(--_muted);
  }
`;
