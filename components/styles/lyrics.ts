// Looks of <stem-lyrics>. Page thread.
import { css } from "lit";

export const lyricsStyles = css`
  :host {
    display: grid;
    grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
    height: 20em;
    container-type: size;
  }
  .window {
    position: relative;
    overflow-x: hidden;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: none;
    border-radius: var(--_radius);
    font-size: var(--stem-lyrics-size, clamp(1.375em, 5cqi, 3.5em));
    mask-image: linear-gradient(transparent, #000 15%, #000 85%, transparent);
  }
  .window:focus-visible {
    mask-image: none;
  }
  /* The first line and the last can stand where the current one does. */
  .lines {
    padding-block: 38cqh 50cqh;
  }
  .line {
    margin: 0;
    padding: 0.25em 0.5em;
    color: var(--_muted);
    font-weight: 650;
    letter-spacing: -0.02em;
    line-height: 1.2;
    text-align: center;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  [data-timed] .line {
    cursor: pointer;
  }
  .line[data-phase="now"],
  .window:not([data-timed]) .line {
    color: var(--_text);
  }
  /* Of a duet, who sings stands on a side of their own. */
  .line[data-singer="1"] {
    padding-inline-end: 20%;
    text-align: start;
  }
  .line[data-singer="2"] {
    padding-inline-start: 20%;
    text-align: end;
  }
  [data-timed="words"] .line[data-phase="now"] .word[data-phase="next"] {
    color: var(--_muted);
  }
  [data-timed="words"] .line[data-phase="now"] .word[data-phase="now"] {
    color: var(--stem-lyrics-now, var(--_vocals));
  }
  .word[data-kind="freestyle"],
  .word[data-kind="rap"] {
    font-style: italic;
  }
  @media (prefers-reduced-motion: no-preference) {
    .line {
      transition: color 0.15s;
    }
  }
  @media (forced-colors: active) {
    .line,
    [data-timed="words"] .line[data-phase="now"] .word {
      color: GrayText;
    }
    .line[data-phase="now"],
    [data-timed="words"] .line[data-phase="now"] .word[data-phase="sung"] {
      color: CanvasText;
    }
    [data-timed="words"] .line[data-phase="now"] .word[data-phase="now"] {
      color: Highlight;
    }
  }
  .empty,
  form {
    display: grid;
    overflow: auto;
    gap: 0.75em;
    place-content: center;
    justify-items: center;
    padding: 0.5em;
    text-align: center;
  }
  form {
    place-content: stretch;
    justify-items: stretch;
    grid-template-rows: auto minmax(6em, 1fr) auto;
    text-align: start;
  }
  .empty p {
    max-width: 44ch;
    margin: 0;
    color: var(--_muted);
  }
  .empty .title {
    color: var(--_text);
    font-size: 1.5em;
    font-weight: 650;
    letter-spacing: -0.02em;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 0.5em;
  }
  .choose:focus-within {
    outline: 0.1875em solid var(--stem-focus, var(--_text));
    outline-offset: 0.125em;
  }
  textarea {
    min-height: 6em;
    padding: 0.75em;
    border: 1px solid var(--_control);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    resize: vertical;
  }
  .error {
    margin: 0.5em auto;
    max-width: 60ch;
    color: var(--_danger);
    text-align: center;
  }
`;
