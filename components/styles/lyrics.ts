// Looks of <stem-lyrics>. Page thread.
import { css } from "lit";

export const lyricsStyles = css`
  :host {
    display: grid;
    position: relative;
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
    font-size: var(--stem-lyrics-size, clamp(1em, min(5cqi, 11cqb), 3.5em));
    mask-image: linear-gradient(transparent, #000 8%, #000 92%, transparent);
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
    gap: 0.375em;
    grid-template-rows: auto minmax(2.5em, 1fr) auto;
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
    min-height: 0;
    padding: 0.5em 0.75em;
    border: 1px solid var(--_control);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    resize: none;
  }
  .undo {
    position: absolute;
    inset: 0 0 auto auto;
    display: flex;
    align-items: center;
    gap: 0.75em;
    color: var(--_muted);
    font-size: 0.875em;
  }
  .error {
    margin: 0.5em auto;
    max-width: 60ch;
    color: var(--_danger);
    text-align: center;
  }
`;
