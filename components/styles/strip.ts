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
  :host(:is([layout="row"], [layout="lane"])) {
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
  :host([layout="lane"]) .strip {
    display: flex;
    gap: 0.5em;
    padding: 0;
    border: 0;
    border-radius: 0;
    background: none;
  }
  :host([layout="lane"]) .name {
    flex: 1;
    min-width: 0;
  }
  :host([layout="lane"]) .buttons {
    grid-template-columns: repeat(2, clamp(44px, 2.75em, 64px));
    gap: 0;
  }
  :host([layout="lane"]) .buttons button {
    min-width: 44px;
    min-height: clamp(44px, 2.75em, 64px);
  }
  @container (max-width: 18em) {
    :host([layout="lane"]) .strip {
      flex-wrap: wrap;
      gap: 0 0.5em;
    }
    :host([layout="lane"]) .name {
      flex: 1 0 100%;
    }
    :host([layout="lane"]) gain-knob {
      margin-inline-end: auto;
    }
  }
  /* Large enough for a finger, and looking smaller. */
  :host([layout="lane"]) .buttons button {
    position: relative;
    isolation: isolate;
    padding: 0;
    border: 0;
    background: none;
  }
  :host([layout="lane"]) .buttons button::before {
    content: "";
    position: absolute;
    z-index: -1;
    inset: 4px;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 0.75);
    background: var(--_surface);
  }
  :host([layout="lane"]) .buttons button:hover::before {
    background: var(--_raised);
  }
  :host([layout="lane"]) .buttons button[aria-pressed="true"]::before {
    border-color: var(--_text);
    background: var(--_text);
  }
  :host([layout="lane"]) .buttons .solo[aria-pressed="true"]::before {
    border-color: var(--_stem);
    background: var(--_stem);
  }
  :host(:is([layout="lane"], [layout="small"])) .long {
    display: none;
  }
  :host([layout="lane"]) .short {
    display: inline;
  }
  :host([layout="lane"]) level-meter {
    order: 1;
    width: 0.5em;
    height: auto;
    align-self: stretch;
    margin-block: 0.375em;
  }
  :host([layout="small"]) .strip {
    justify-items: center;
    gap: 0;
    grid-template: "knob" auto "name" auto / auto;
    padding: 0;
    border: 0;
    background: none;
  }
  :host([layout="small"]) gain-knob {
    --stem-knob-size: max(var(--_small-knob, 2.75em), 44px);
  }
  :host([layout="small"]) gain-knob::part(number),
  :host([layout="small"]) .name::before,
  :host([layout="small"]) :is(level-meter, .buttons) {
    display: none;
  }
  :host([layout="small"]) .name {
    max-width: 100%;
    color: var(--_muted);
    font-size: 0.75em;
    font-weight: 400;
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
    :host([layout="lane"]) .buttons button[aria-pressed="true"]::before {
      border-color: Highlight;
      background: Highlight;
    }
  }
`;
