// Looks of <stem-mixer>'s drop zone. Page thread; loaded with it.
import { css } from "lit";

export const emptyStyles = css`
  .empty {
    display: grid;
    justify-items: center;
    align-content: center;
    gap: 1.25em;
    min-height: 22em;
    padding: 1.5em 0.5em;
    text-align: center;
    /* A file's name may be one long word. */
    overflow-wrap: anywhere;
  }
  .emblem {
    width: min(20em, 80%);
    height: auto;
    overflow: visible;
    fill: none;
    stroke-width: 5;
    stroke-linecap: round;
    forced-color-adjust: none;
  }
  .emblem path {
    stroke: var(--_stem);
    stroke-linejoin: round;
  }
  .emblem line {
    stroke: var(--_text);
  }
  .mixer[data-dropping] .emblem {
    stroke-width: 7;
  }
  .drop {
    font-size: 2.5em;
    font-weight: 600;
    letter-spacing: -0.03em;
    line-height: 1.1;
  }
  [data-layout="narrow"] .drop {
    font-size: 1.75em;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: 0.625em;
  }
`;
