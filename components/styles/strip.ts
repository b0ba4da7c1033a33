// Looks of <stem-strip>. Page thread.
import { css } from "lit";

export const stripStyles = css`
  :host {
    display: block;
    min-width: 0;
    font-size: var(--stem-font-size, 1em);
  }
  .strip {
    display: grid;
    grid-template:
      "name name" auto
      "knob meter" auto
      "buttons buttons" auto / 1fr auto;
    gap: 0.75em;
    align-items: center;
    height: 100%;
    padding: 0.875em;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .name {
    grid-area: name;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 600;
  }
  .name::before {
    content: "";
    display: inline-block;
    width: 0.625em;
    height: 0.625em;
    margin-inline-end: 0.5em;
    border-radius: 50%;
    background: var(--_stem);
    forced-color-adjust: none;
  }
  gain-knob {
    grid-area: knob;
    justify-self: center;
  }
  level-meter {
    grid-area: meter;
    width: 0.875em;
    height: 7em;
  }
  .buttons {
    grid-area: buttons;
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 0.5em;
  }
  .buttons button {
    min-width: 0;
    padding: 0 0.25em;
    font-size: 0.875em;
  }
  .solo[aria-pressed="true"] {
    background: var(--_stem);
    border-color: var(--_stem);
    color: var(--_background);
  }
  .short {
    display: none;
  }
  ::slotted(*) {
    grid-column: 1 / -1;
  }
  :host([silent]) .name {
    color: var(--_muted);
  }
  :host([silent]) gain-knob {
    --_audible: 0.3;
  }
  :host([layout="row"]) {
    container-type: inline-size;
  }
  :host([layout="row"]) .strip {
    grid-template:
      "knob name buttons" auto
      "knob meter buttons" auto / auto 1fr auto;
    gap: 0.25em 0.75em;
    padding: 0.5em 0.75em;
  }
  :host([layout="row"]) gain-knob {
    --stem-knob-size: 4.5em;
  }
  @container (max-width: 24rem) {
    :host([layout="row"]) .strip {
      gap: 0.25em 0.5em;
      padding: 0.5em;
    }
    :host([layout="row"]) gain-knob {
      --stem-knob-size: 4em;
    }
    :host([layout="row"]) .buttons {
      grid-template-columns: repeat(2, max(2.75em, 44px));
      gap: 0.25em;
    }
    :host([layout="row"]) .name {
      font-size: 0.9375em;
    }
    :host([layout="row"]) .name::before {
      display: none;
    }
    :host([layout="row"]) .long {
      display: none;
    }
    :host([layout="row"]) .short {
      display: inline;
    }
  }
  :host([layout="row"]) .name {
    align-self: end;
  }
  :host([layout="row"]) level-meter {
    width: auto;
    height: 0.625em;
    align-self: start;
    margin-top: 0.25em;
  }
  @container (max-width: 16em) {
    :host([layout="row"]) gain-knob {
      --stem-knob-size: 3.5em;
    }
    :host([layout="row"]) .name {
      font-size: 0.8125em;
    }
  }
  @container (max-width: 14em) {
    :host([layout="row"]) .strip {
      grid-template:
        "knob name" auto
        "knob meter" auto
        "buttons buttons" auto / auto 1fr;
    }
    :host([layout="row"]) .buttons {
      grid-template-columns: 1fr 1fr;
    }
  }
  @media (forced-colors: active) {
    .solo[aria-pressed="true"] {
      background: Highlight;
      border-color: Highlight;
      color: HighlightText;
    }
  }
`;
