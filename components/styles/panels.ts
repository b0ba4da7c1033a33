// Looks of what <stem-mixer>'s panels and lists of devices hold. Page thread; loaded with the first of them.
import { css } from "lit";

export const panelStyles = css`
  .panel-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    width: 100%;
    margin-inline-end: -0.5em;
  }
  .panel {
    position: absolute;
    z-index: 2;
    inset-block-start: calc(100% + 0.25em);
    inset-inline-end: 0;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.875em;
    justify-items: start;
    width: min(26em, 100%);
    padding: 0.5em 1em 1em;
    border: 1px solid var(--_control);
    border-radius: var(--_radius);
    background: var(--_surface);
    box-shadow: 0 0.5em 2em rgb(0 0 0 / 30%);
    max-height: max(70vh, 20em);
    overflow: auto;
  }
  .note,
  legend {
    color: var(--_muted);
    font-size: 0.875em;
  }
  .menu {
    display: grid;
    width: 100%;
  }
  .menu button {
    justify-content: start;
    color: var(--_text);
  }
  input:not([type="radio"], [type="file"], [type="checkbox"]) {
    min-width: 0;
    min-height: max(2.75em, 44px);
    padding: 0 0.875em;
    border: 1px solid var(--_control);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 0.9375em;
  }
  .panel select,
  .devices select {
    border-color: var(--_control);
  }
  dl {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.25em;
    width: 100%;
    margin: 0;
  }
  dl > div {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 1em;
    padding: 0.25em 0;
    border-bottom: 1px solid var(--_line);
  }
  dt {
    color: var(--_muted);
  }
  dd {
    margin: 0;
    font-weight: 500;
    text-align: end;
  }
  .details > div {
    flex-wrap: wrap;
    gap: 0 1em;
  }
  .shortcuts {
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 11em), 1fr));
    gap: 0 1.5em;
    font-size: 0.875em;
  }
  .shortcuts > div {
    justify-content: start;
  }
  .shortcuts dt {
    min-width: 3.5em;
  }
  .shortcuts dd {
    font-weight: 400;
    text-align: start;
  }
  kbd {
    padding: 0.0625em 0.5em;
    border: 1px solid var(--_line);
    border-radius: 0.375em;
    background: var(--_raised);
    color: var(--_text);
    font: inherit;
    font-size: 0.875em;
  }
  fieldset {
    display: grid;
    min-width: 0;
    margin: 0;
    border: 0;
  }
  fieldset,
  legend {
    padding: 0;
  }
  .saving {
    display: grid;
    gap: 0.75em;
    justify-items: start;
    width: 100%;
  }
  .choices {
    grid-template-columns: minmax(0, 1fr);
    min-width: 0;
    max-width: 100%;
    width: 100%;
  }
  .choices label {
    display: flex;
    align-items: center;
    gap: 0.625em;
    min-height: 44px;
    cursor: pointer;
  }
  .stems {
    grid-template-columns: 1fr 1fr;
  }
  .stems legend {
    grid-column: 1 / -1;
  }
  input:is([type="radio"], [type="checkbox"]) {
    width: 1.25em;
    height: 1.25em;
    margin: 0;
    accent-color: var(--_text);
  }
  .files {
    display: grid;
    gap: 0.5em;
    width: 100%;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .files li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5em 1em;
  }
  .files .button {
    overflow-wrap: anywhere;
  }
  .own {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 0.75em;
    max-width: 100%;
  }
  .naming input {
    flex: 1 1 10em;
  }
  .line label,
  .devices label {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.25em;
    min-width: 0;
    max-width: 100%;
    color: var(--_muted);
    font-size: 0.875em;
  }
  .devices {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 14em), 1fr));
    gap: 0.75em;
  }
  /* A field for files would be as wide as its words in one line. */
  .choose-model input {
    min-width: 0;
    max-width: 100%;
  }
`;
