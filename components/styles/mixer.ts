// Looks of <stem-mixer>. Page thread.
import { css } from "lit";

export const mixerStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    min-width: 0;
  }
  .mixer {
    display: grid;
    gap: 1em;
    padding: 1.25em;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 1.5);
    background: var(--_background);
  }
  .mixer[data-dropping] {
    outline: 0.25em dashed var(--_text);
    outline-offset: -0.5em;
  }
  p {
    margin: 0;
  }
  .muted,
  .note,
  .figure,
  .duration,
  legend {
    color: var(--_muted);
    font-size: 0.875em;
  }

  /* header */
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.5em 1em;
  }
  .title {
    display: flex;
    align-items: center;
    gap: 0.5em;
    min-width: 0;
    flex: 1 1 12em;
  }
  .song {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 1.375em;
    font-weight: 600;
    letter-spacing: -0.015em;
    line-height: 1.25;
  }
  .plain {
    border-color: transparent;
    background: transparent;
    color: var(--_muted);
  }
  button.details {
    flex-wrap: wrap;
    gap: 0 1em;
    padding: 0 0.25em;
    border-color: transparent;
    background: transparent;
    font-weight: 400;
  }
  .figure {
    white-space: nowrap;
  }
  .figure b {
    color: var(--_text);
    font-size: 1.25em;
    font-weight: 600;
  }
  .figure[data-warn] b {
    color: var(--_danger);
  }

  /* notices */
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.75em 1em;
    margin: 0;
    padding: 0.75em 0.75em 0.75em 1em;
    border-radius: var(--_radius);
    background: var(--_raised);
  }
  .notice p {
    flex: 1 1 14em;
    overflow-wrap: anywhere;
  }
  p.notice {
    padding: 0.75em 1em;
  }
  .notice.loading {
    display: grid;
    justify-content: stretch;
    padding: 0.875em 1em;
  }
  progress {
    appearance: none;
    width: 100%;
    height: 0.375em;
    border: 0;
    border-radius: 1em;
    overflow: hidden;
    background: var(--_line);
    color: var(--_text);
  }
  progress::-webkit-progress-bar {
    background: var(--_line);
  }
  progress::-webkit-progress-value {
    background: var(--_text);
  }
  progress::-moz-progress-bar {
    background: var(--_text);
  }
  progress:indeterminate {
    background: linear-gradient(90deg, var(--_line) 25%, var(--_text) 50%, var(--_line) 75%) 0 0 /
      200% 100%;
    animation: wait 1.6s linear infinite;
  }
  progress:indeterminate::-webkit-progress-bar {
    background: transparent;
  }
  @keyframes wait {
    to {
      background-position: -200% 0;
    }
  }

  /* pictures */
  .stage {
    position: relative;
  }
  spectrum-view {
    height: 8.5em;
    border: 1px solid var(--_line);
  }
  spectrum-view,
  stem-timeline {
    display: block;
  }
  /* Until they are loaded. */
  spectrum-view:not(:defined) {
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  stem-timeline:not(:defined) {
    height: max(4em, 44px);
  }
  .hint {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    margin: 0;
    padding: 1em;
    text-align: center;
    pointer-events: none;
  }
  .switch {
    position: absolute;
    top: 0.5em;
    right: 0.5em;
    display: flex;
    gap: 0.25em;
    opacity: 0;
    transition: opacity 0.2s;
  }
  .stage:hover .switch,
  .switch:focus-within {
    opacity: 1;
  }
  @media (hover: none) {
    .switch {
      opacity: 1;
    }
  }
  .switch button {
    font-size: 0.8125em;
  }

  /* transport */
  .transport {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.75em;
  }
  .play {
    width: 4em;
    height: 4em;
    padding: 0;
    border-radius: 50%;
  }
  .play svg {
    width: 1.75em;
    height: 1.75em;
  }
  .time {
    display: grid;
    flex: 1 0 auto;
    margin-inline-start: 0.25em;
    line-height: 1.1;
  }
  .position {
    font-size: 2.25em;
    font-weight: 500;
    letter-spacing: -0.03em;
  }
  .loop-button b {
    color: var(--_muted);
    font-weight: 500;
  }
  .loop-button b[data-set="true"] {
    color: inherit;
    font-weight: 700;
  }
  .loop-button[aria-pressed="true"] b {
    color: inherit;
  }
  .stepper {
    display: inline-flex;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .stepper button {
    border: 0;
    background: transparent;
    padding: 0;
  }
  .stepper .value {
    flex-direction: column;
    gap: 0;
    min-width: 4em;
    line-height: 1.15;
  }
  .stepper .name {
    color: var(--_muted);
    font-size: 0.75em;
    font-weight: 400;
  }
  .stepper .number {
    font-size: 1.0625em;
    font-weight: 600;
  }

  /* presets */
  .presets {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
  }
  .chip {
    padding: 0 1em;
    border-radius: 3em;
    font-size: 0.875em;
  }
  .save {
    border-style: dashed;
    color: var(--_muted);
  }
  select,
  input:not([type="radio"], [type="file"]) {
    min-height: max(2.75em, 44px);
    padding: 0 0.875em;
    border: 1px solid var(--_control);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 0.9375em;
  }
  select.chip {
    max-width: 100%;
    border-color: var(--_line);
    border-radius: 3em;
    font-size: 0.875em;
    font-weight: 500;
    cursor: pointer;
  }
  select.chip[data-active] {
    background: var(--_text);
    color: var(--_background);
    border-color: var(--_text);
  }
  .own {
    display: inline-flex;
  }
  .own .chip {
    border-start-end-radius: 0;
    border-end-end-radius: 0;
  }
  .own .remove {
    border-radius: 0 3em 3em 0;
    border-inline-start: 0;
    padding: 0 0.5em;
    color: var(--_muted);
  }
  .save svg,
  .remove svg {
    width: 1em;
    height: 1em;
  }
  .naming {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    max-width: 100%;
  }
  .naming input {
    min-width: 0;
    flex: 1 1 10em;
  }

  /* strips */
  .strips {
    display: grid;
    grid-template-columns: repeat(5, minmax(0, 1fr));
    gap: 0.75em;
  }
  .strips[data-size="medium"] {
    --stem-knob-size: 5.75em;
    grid-template-columns: repeat(4, minmax(0, 1fr));
  }
  .strips[data-size="narrow"] {
    grid-template-columns: minmax(0, 1fr);
    gap: 0.5em;
  }
  /* Only what is taken apart has colour. */
  .strips[data-bypass] stem-strip,
  .strips[data-bypass] ::slotted(*) {
    filter: grayscale(1);
  }
  .master {
    display: grid;
    grid-template:
      "name name" auto
      "knob meter" auto
      "button button" auto / 1fr auto;
    gap: 0.75em;
    align-items: center;
    padding: 0.875em;
    border: 1px solid transparent;
    border-radius: var(--_radius);
  }
  .master .name {
    grid-area: name;
    font-weight: 600;
  }
  .master gain-knob {
    grid-area: knob;
    justify-self: center;
  }
  .master level-meter {
    grid-area: meter;
    justify-self: end;
    width: 0.875em;
    height: 7em;
  }
  .bypass {
    grid-area: button;
    min-width: max-content;
  }
  /* Comes and goes: beside the name, it moves nothing. */
  .limiter {
    grid-area: name;
    justify-self: end;
    max-width: 100%;
    overflow: hidden;
    color: var(--_danger);
    font-size: 0.75em;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .strips:not([data-size="wide"]) .master {
    grid-column: 1 / -1;
    grid-template:
      "knob name button" auto
      "knob meter button" auto / auto 1fr auto;
    gap: 0.25em 0.75em;
    padding: 0.5em 0.75em;
  }
  .strips:not([data-size="wide"]) .master gain-knob {
    --stem-knob-size: 4.5em;
  }
  .strips:not([data-size="wide"]) .master .name {
    align-self: end;
  }
  .strips:not([data-size="wide"]) .master level-meter {
    width: 100%;
    height: 0.625em;
    align-self: start;
    margin-top: 0.25em;
  }
  @container (max-width: 26em) {
    .strips:not([data-size="wide"]) .master {
      gap: 0.25em 0.5em;
      padding: 0.5em;
    }
    .strips:not([data-size="wide"]) .master gain-knob {
      --stem-knob-size: 4em;
    }
  }

  /* tools and panels */
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
  }
  .tools button[aria-expanded="true"] {
    border-color: var(--_text);
  }
  .record svg {
    fill: var(--_danger);
  }
  .panel {
    display: grid;
    gap: 0.875em;
    justify-items: start;
    padding: 1em;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 17em), 1fr));
    gap: 0.375em 2em;
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
    width: min(100%, 20em);
  }
  .choices label {
    display: flex;
    align-items: center;
    gap: 0.625em;
    min-height: 44px;
    cursor: pointer;
  }
  input[type="radio"] {
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
  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 0.75em;
  }
  .line label,
  .devices label {
    display: grid;
    gap: 0.25em;
    color: var(--_muted);
    font-size: 0.875em;
    min-width: 0;
  }
  .devices {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 14em), 1fr));
    gap: 0.75em;
  }

  /* nothing to play yet */
  .empty {
    display: grid;
    justify-items: center;
    align-content: center;
    gap: 1.5em;
    min-height: 22em;
    padding: 1.5em 0.5em;
    text-align: center;
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
    font-size: clamp(1.75em, 7cqi, 3em);
    font-weight: 600;
    letter-spacing: -0.03em;
    line-height: 1.1;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 0.625em;
  }
  .choose:focus-within {
    outline: 0.1875em solid var(--stem-focus, var(--_text));
    outline-offset: 0.125em;
  }

  @container (max-width: 40em) {
    .mixer {
      gap: 0.875em;
      padding: 0.75em;
    }
    spectrum-view {
      height: 7em;
    }
    .stepper {
      flex: 1;
      justify-content: space-between;
    }
    .presets {
      flex-wrap: nowrap;
      overflow-x: auto;
      margin-inline: -0.75em;
      padding: 0.25em 0.75em;
      scrollbar-width: none;
    }
    .presets > * {
      flex: none;
    }
    .naming {
      flex-wrap: nowrap;
      max-width: none;
    }
  }
  @container (max-width: 22em) {
    .mixer {
      padding: 0.5em;
      border-radius: var(--_radius);
    }
    .presets {
      margin-inline: -0.5em;
      padding-inline: 0.5em;
    }
    button.details {
      gap: 0.625em;
    }
    .position {
      font-size: 1.75em;
    }
    .loop-button .word {
      display: none;
    }
    .bypass {
      padding: 0 0.5em;
    }
    .master:has(.limiter[data-on]) .name {
      visibility: hidden;
    }
    .limiter {
      justify-self: start;
    }
  }
  @container (max-width: 15em) {
    .switch {
      right: 0.25em;
    }
    .switch button {
      padding: 0 0.25em;
    }
    .strips:not([data-size="wide"]) .master {
      grid-template:
        "knob name" auto
        "knob meter" auto
        "button button" auto / auto 1fr;
    }
  }
  @container (min-width: 90em) {
    .mixer {
      --stem-font-size: 1.375rem;
      font-size: 1.375rem;
    }
    spectrum-view {
      height: 14em;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    progress:indeterminate,
    .switch {
      animation: none;
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .mixer[data-dropping] {
      outline-color: Highlight;
    }
    .record svg {
      fill: currentColor;
    }
  }
`;
