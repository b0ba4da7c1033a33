// The design language shared by all elements: tokens, type, buttons, focus. Page thread.
//
// Every token is a public custom property (`--stem-…`) with a default, read through a private one
// (`--_…`). Light or dark follows `color-scheme`: the page's, or the element's own `theme`.
import { css } from "lit";
import { tokens } from "./tokens.ts";

export const theme = css`
  :host {
    ${tokens}
    --_radius: var(--stem-radius, 0.75em);
    --_font: var(--stem-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
    box-sizing: border-box;
    font-family: var(--_font);
    font-size: var(--stem-font-size, 1rem);
    color: var(--_text);
    -webkit-tap-highlight-color: transparent;
  }
  /* Letters as they are here, whatever a page says of its elements, the mixer's own tag included. */
  :host,
  .mixer {
    font-style: normal;
    font-weight: 400;
    line-height: 1.4;
    letter-spacing: normal;
    word-spacing: normal;
    text-align: start;
    text-indent: 0;
    text-transform: none;
    white-space: normal;
  }
  :host([theme="light"]) {
    color-scheme: light;
  }
  :host([theme="dark"]) {
    color-scheme: dark;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host([stem="vocals"]),
  [data-stem="vocals"] {
    --_stem: var(--_vocals);
  }
  :host([stem="drums"]),
  [data-stem="drums"] {
    --_stem: var(--_drums);
  }
  :host([stem="bass"]),
  [data-stem="bass"] {
    --_stem: var(--_bass);
  }
  :host([stem="other"]),
  [data-stem="other"] {
    --_stem: var(--_other);
  }
  :focus-visible {
    outline: 0.1875em solid var(--stem-focus, var(--_text));
    outline-offset: 0.125em;
  }
  .number {
    font-variant-numeric: tabular-nums;
    letter-spacing: -0.02em;
  }
  .reason {
    color: var(--_muted);
    font-size: 0.875em;
    text-align: start;
  }
  .reason summary {
    width: fit-content;
    cursor: pointer;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

export const buttons = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5em;
    min-width: max(2.75em, 44px);
    min-height: max(2.75em, 44px);
    margin: 0;
    padding: 0 0.875em;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 0.9375em;
    font-weight: 500;
    text-decoration: none;
    cursor: pointer;
    touch-action: manipulation;
    user-select: none;
    -webkit-user-select: none;
  }
  @media (hover: hover) {
    button:hover:not(:disabled, .primary, [aria-pressed="true"]),
    .button:hover:not(.primary) {
      background: var(--_raised);
    }
  }
  button[aria-pressed="true"],
  .primary {
    background: var(--_text);
    border-color: var(--_text);
    color: var(--_background);
  }
  .primary:hover:not(:disabled) {
    opacity: 0.88;
  }
  button:disabled {
    color: var(--_muted);
    border-style: dashed;
    cursor: default;
  }
  .primary:disabled {
    border-color: var(--_control);
    background: transparent;
  }
  button svg {
    width: 1.25em;
    height: 1.25em;
    flex: none;
    fill: currentColor;
  }
  @media (forced-colors: active) {
    button[aria-pressed="true"],
    .primary {
      forced-color-adjust: none;
      background: Highlight;
      border-color: Highlight;
      color: HighlightText;
    }
    button:disabled {
      color: GrayText;
    }
  }
`;
