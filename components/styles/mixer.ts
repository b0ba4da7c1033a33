// Looks of <stem-mixer>; what its panels hold has a style sheet of its own (panels.ts). Page thread.
import { css } from "lit";

export const mixerStyles = css`
  :host {
    display: block;
    position: relative;
    min-width: 0;
  }
  .mixer {
    --_touch: clamp(44px, 2.75em, 64px);
    /* As wide as the longest name of a stem needs it. */
    --_head: clamp(19.5em, 15.5em + var(--_name) * 1ch, 27em);
    --_live: light-dark(#0b7a68, #41d3b3);
    --_best: light-dark(#3556d4, #8fa8ff);
    --_busy: light-dark(#9a6500, #f4b840);
    --stem-ruler-height: 1.5em;
    --stem-lane-height: max(3.25em, 52px);
    display: grid;
    position: relative;
    grid-template-columns: minmax(0, 1fr);
    --_gap: 0.75em;
    gap: var(--_gap);
    width: 100%;
    padding: 0.75em 1em;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 1.5);
    background: var(--_background);
    color: var(--_text);
    font-family: var(--_font);
  }
  .mixer[data-size="large"]:not([data-layout="compact"]) {
    --stem-font-size: 1.375rem;
    font-size: 1.375rem;
  }
  .mixer[data-dropping] {
    outline: 0.25em dashed var(--_text);
    outline-offset: -0.5em;
  }
  .mixer[popover] {
    width: min(72em, 100vw - 1rem);
    max-height: calc(100vh - 1rem);
    margin: auto;
    overflow: auto;
  }
  .mixer::backdrop {
    background: rgb(0 0 0 / 60%);
  }
  /* A panel opens below whatever is told, over the rest. */
  .top {
    display: grid;
    position: relative;
    z-index: 2;
    gap: var(--_gap);
    min-width: 0;
  }
  p {
    margin: 0;
  }
  .muted {
    color: var(--_muted);
    font-size: 0.875em;
  }

  /* header */
  header,
  .title,
  .actions,
  .transport,
  .go,
  .tuning,
  .presets {
    display: flex;
    align-items: center;
    gap: 0.5em;
    min-width: 0;
  }
  header {
    justify-content: space-between;
    gap: 0.5em 1em;
  }
  .title {
    flex: 1;
    min-height: var(--_touch);
  }
  .names {
    display: grid;
    min-width: 0;
  }
  .names:has(.artist) {
    line-height: 1.2;
  }
  .artist {
    color: var(--_muted);
    font-size: 0.875em;
  }
  :is(.song, .artist) {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .song {
    font-size: 1.25em;
    font-weight: 600;
    letter-spacing: -0.015em;
  }
  .plain {
    border-color: transparent;
    background: transparent;
    color: var(--_muted);
  }
  .actions,
  .actions > :not(.details) {
    flex: none;
  }
  .split {
    display: flex;
    gap: 1px;
  }
  .split :first-child {
    border-start-end-radius: 0;
    border-end-end-radius: 0;
  }
  .split .save {
    border-start-start-radius: 0;
    border-end-start-radius: 0;
  }
  .expand {
    display: none;
  }
  [popover] .expand {
    display: inline-flex;
  }
  :is(.save, .mixes)::after {
    content: "▾" / "";
  }
  button.details {
    justify-content: end;
    /* Room for the longest, so that the title keeps its own. */
    min-width: 13em;
    white-space: nowrap;
    border-color: transparent;
    background: transparent;
    font-weight: 400;
  }
  button.details:disabled {
    border-color: transparent;
  }
  button.details::before {
    content: "";
    width: 0.625em;
    height: 0.625em;
    flex: none;
    border-radius: 50%;
    background: var(--_muted);
    forced-color-adjust: none;
  }
  button.details:is([data-kind="live"], [data-kind="improving"])::before {
    background: var(--_live);
  }
  button.details[data-kind="best"]::before {
    background: var(--_best);
  }
  button.details[data-kind="busy"]::before {
    background: var(--_busy);
  }
  .more[aria-expanded="true"],
  .mixes[aria-expanded="true"] {
    border-color: var(--_text);
  }
  .record svg {
    fill: var(--_danger);
  }

  /* notices */
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.75em 1em;
    padding: 0.5em 0.5em 0.5em 1em;
    border-radius: var(--_radius);
    background: var(--_raised);
  }
  .notice .said {
    flex: 1 1 14em;
    overflow-wrap: anywhere;
  }
  p.notice {
    padding: 0.75em 1em;
  }
  .choose:focus-within {
    outline: 0.1875em solid var(--stem-focus, var(--_text));
    outline-offset: 0.125em;
  }
  progress {
    appearance: none;
    width: 100%;
    height: 0.25em;
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

  /* transport and mixes */
  .transport {
    flex-wrap: wrap;
    gap: 0.5em 1em;
  }
  .presets {
    margin-inline-end: auto;
  }
  .play {
    width: 3em;
    height: 3em;
    min-height: 44px;
    flex: none;
    padding: 0;
    border-radius: 50%;
    font-size: 1em;
  }
  .play svg {
    width: 1.5em;
    height: 1.5em;
  }
  .time {
    min-width: 7em;
    white-space: nowrap;
  }
  .position {
    font-size: 1.25em;
    font-weight: 600;
  }
  .duration {
    color: var(--_muted);
    font-size: 0.875em;
  }
  .presets button,
  .tuning button,
  select {
    padding: 0 0.75em;
    font-size: 0.875em;
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
  }
  .tuning .stepper button {
    min-height: var(--_touch);
    padding: 0;
  }
  .stepper .value {
    flex-direction: column;
    gap: 0;
    /* Room for what is found out later: nothing moves then. */
    min-width: max(5.25em, 44px);
    line-height: 1.15;
  }
  .stepper .name {
    white-space: nowrap;
    color: var(--_muted);
    font-size: 0.75em;
    font-weight: 400;
  }
  .stepper .number {
    font-weight: 600;
  }
  select {
    min-height: max(2.75em, 44px);
    max-width: 100%;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 0.875em;
    font-weight: 500;
    cursor: pointer;
  }
  .presets select {
    field-sizing: content;
  }
  select[data-active] {
    background: var(--_text);
    color: var(--_background);
    border-color: var(--_text);
  }
  option {
    background: var(--_surface);
    color: var(--_text);
  }

  /* lanes: heads and waveforms have rows of the same height */
  .lanes,
  .foot {
    display: grid;
    grid-template-columns: var(--_head) minmax(0, 1fr);
  }
  .lanes {
    border-top: 1px solid var(--_line);
  }
  .heads {
    padding-top: var(--stem-ruler-height);
  }
  stem-strip {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    height: var(--stem-lane-height);
    padding-inline-end: 1em;
    border-bottom: 1px solid var(--_line);
  }
  .stage {
    position: relative;
    min-width: 0;
  }
  stem-timeline {
    display: block;
  }
  /* Until it is loaded. */
  stem-timeline:not(:defined) {
    height: 100%;
    background: repeating-linear-gradient(
        transparent 0 calc(var(--stem-lane-height) - 1px),
        var(--_line) 0 var(--stem-lane-height)
      )
      0 var(--stem-ruler-height) no-repeat;
  }
  .loading,
  .hint {
    position: absolute;
    inset: 0 0 auto;
    display: grid;
    align-content: end;
    /* The ruler's: an em is smaller here. */
    height: calc(var(--stem-ruler-height) / 0.8125);
    background: var(--_background);
    color: var(--_muted);
    font-size: 0.8125em;
    white-space: nowrap;
    pointer-events: none;
  }
  .loading p,
  .hint {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .loading progress {
    height: 2px;
  }
  /* Only what is taken apart has colour. */
  .lanes[data-bypass] :is(stem-strip, stem-timeline),
  .lanes[data-bypass] ::slotted(*) {
    filter: grayscale(1);
  }
  .foot {
    align-items: center;
    row-gap: 0.5em;
    margin-top: -0.75em;
  }
  .master {
    display: flex;
    align-items: center;
    gap: 0.5em;
    height: var(--stem-lane-height);
    padding-inline-end: 1em;
  }
  .master .name {
    flex: 1;
    min-width: 0;
    font-weight: 600;
  }
  .master level-meter {
    width: 0.5em;
    height: auto;
    align-self: stretch;
    margin-block: 0.375em;
  }
  .bypass {
    /* As wide as Mute and Solo above it: its own letters are smaller. */
    min-width: calc(2 * clamp(44px, 2.75em / 0.875, 64px));
    flex: none;
    padding: 0;
    font-size: 0.875em;
  }
  .below {
    display: flex;
    align-items: center;
    gap: 1em;
    margin-inline-start: -0.75em;
    font-size: 0.875em;
  }
  .limiter {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .foot spectrum-view {
    grid-column: 1 / -1;
    height: 8.5em;
    border: 1px solid var(--_line);
  }
  /* A host's own controls, below one waveform for all stems. */
  .lanes[data-slotted] {
    grid-template-columns: minmax(0, 1fr);
    gap: 0.75em;
    border: 0;
  }
  .lanes[data-slotted] .stage {
    order: -1;
  }

  /* narrow: a lane's head above its waveform */
  [data-layout="narrow"] {
    --stem-lane-head: max(2.875em, 46px);
    --stem-lane-height: calc(var(--stem-lane-head) + 2em);
    --_gap: 0.5em;
    padding: 0.75em;
  }
  [data-layout="narrow"] header {
    flex-wrap: wrap;
  }
  [data-layout="narrow"] :is(.title, .actions) {
    flex: 1 0 100%;
  }
  [data-layout="narrow"] .title {
    min-height: 0;
  }
  [data-layout="narrow"] button.details {
    white-space: normal;
    text-align: start;
    flex: 0 1 auto;
    justify-content: start;
    min-width: 0;
    padding-inline-start: 0;
    margin-inline-end: auto;
    overflow: hidden;
  }
  [data-layout="narrow"] :is(.split, .actions > .record:not(.running)) {
    margin-inline-start: auto;
  }
  [data-layout="narrow"] .lanes {
    grid-template-columns: minmax(0, 1fr);
  }
  [data-layout="narrow"] :is(.heads, .stage) {
    grid-area: 1 / 1;
  }
  [data-layout="narrow"] .heads {
    z-index: 1;
    pointer-events: none;
  }
  [data-layout="narrow"] stem-strip {
    align-content: start;
    border-color: transparent;
  }
  [data-layout="narrow"] stem-strip::part(strip) {
    height: var(--stem-lane-head);
    background: var(--_background);
    pointer-events: auto;
  }
  [data-layout="narrow"] :is(stem-strip, .master) {
    padding: 0;
  }
  [data-layout="narrow"] .foot {
    grid-template-columns: minmax(0, 1fr);
    margin-top: -0.25em;
  }
  [data-layout="narrow"] .master {
    height: var(--stem-lane-head);
  }
  [data-layout="narrow"] .below:not(:has(.limiter:not(:empty))),
  [data-layout="narrow"] .below > button {
    display: none;
  }
  [data-layout="narrow"] .lanes[data-slotted] .stage {
    grid-area: auto;
  }
  [data-layout="narrow"] .presets {
    flex: 1 0 calc(100% + 1.5em);
    margin-inline: -0.75em;
    /* The fade says that there is more to the side; at the end nothing lies under it. */
    padding-block: 0.25em;
    padding-inline: 0.75em 2.25em;
    scroll-padding-inline: 0.75em 2.25em;
    mask: linear-gradient(to left, transparent, black 2.25em);
    overflow-x: auto;
    scrollbar-width: none;
  }
  [data-layout="narrow"] .presets:dir(rtl) {
    mask: linear-gradient(to right, transparent, black 2.25em);
  }
  [data-layout="narrow"] .presets > * {
    flex: none;
  }
  /* On one line, so that nothing moves when the artist becomes known. */
  [data-layout="narrow"] .names {
    display: flex;
    align-items: baseline;
    gap: 0.5em;
    line-height: inherit;
  }
  [data-layout="narrow"] .tuning {
    flex: 1 0 100%;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0.25em;
  }
  /* A live input has little to tune, a host's own tools leave little to press: one row less for each. */
  [data-layout="narrow"] .tuning:not(:has(.loop-button)) {
    flex: none;
    margin-inline-start: auto;
  }
  [data-layout="narrow"] .transport:not(:has(.loop-button)) .presets {
    order: 1;
  }
  [data-layout="narrow"] header:not(:has(.save, .record, .more)) :is(.title, .actions) {
    flex: 0 1 auto;
  }
  [data-layout="narrow"] .time {
    min-width: 0;
  }
  [data-layout="narrow"] .stepper .value {
    min-width: 44px;
  }
  [data-layout="narrow"] .loop-button .word {
    display: none;
  }

  /* compact: what fits into a low slot */
  [data-layout="compact"] {
    grid-template:
      "play title karaoke knobs open" auto "play time karaoke knobs open" auto
      "wave wave wave wave wave" 4em /
      auto minmax(0, 1fr) auto auto auto;
    gap: 0 0.75em;
    padding: 0.75em;
  }
  [data-layout="compact"] :is(.top, header, .transport, .go, .presets, .lanes, .actions) {
    display: contents;
  }
  [data-layout="compact"]
    :is(
      .presets > :not(.karaoke),
      .tuning,
      .foot,
      .actions > :not(.expand, .running, .details),
      .panel
    ) {
    display: none;
  }
  [data-layout="compact"] .title {
    grid-area: title;
    align-self: end;
    min-height: 0;
  }
  /* Over the end of a long title. */
  [data-layout="compact"] button.details {
    grid-area: title;
    place-self: end;
    z-index: 1;
    justify-content: start;
    min-width: 0;
    max-width: 100%;
    min-height: 0;
    overflow: hidden;
    padding: 0;
    border: 0;
    background: var(--_background);
    font-size: 0.8125em;
  }
  [data-layout="compact"] .song {
    font-size: 1.0625em;
  }
  [data-layout="compact"] :is(.close, .artist) {
    display: none;
  }
  [data-layout="compact"] .play {
    grid-area: play;
    align-self: center;
  }
  [data-layout="compact"] .time {
    grid-area: time;
    min-width: 0;
    color: var(--_muted);
  }
  [data-layout="compact"] .position {
    font-size: 0.875em;
    font-weight: 400;
  }
  [data-layout="compact"] .karaoke {
    grid-area: karaoke;
    align-self: center;
  }
  [data-layout="compact"] .heads {
    grid-area: knobs;
    display: flex;
    gap: 0.5em;
    padding: 0;
  }
  [data-layout="compact"] stem-strip {
    flex: 0 1 auto;
    min-width: 44px;
    height: auto;
    padding: 0;
    border: 0;
  }
  [data-layout="compact"] .expand {
    grid-area: open;
    align-self: center;
    display: inline-flex;
    padding: 0;
  }
  [data-layout="compact"] .stage {
    grid-area: wave;
    padding-top: 0.5em;
  }
  [data-layout="compact"] stem-timeline {
    height: 100%;
  }
  /* What is told lies over it, or it would be cut off or grow. */
  [data-layout="compact"] .notice {
    grid-area: 3 / 1 / 4 / -1;
    z-index: 2;
    overflow: auto;
  }
  [data-layout="compact"]:is([data-size="small"], [data-size="tiny"]) .notice {
    grid-row-start: 1;
  }
  [data-layout="compact"]:has(.notice) .stage {
    visibility: hidden;
  }
  [data-layout="compact"] .running {
    grid-area: wave;
    z-index: 1;
    place-self: end;
  }
  [data-layout="compact"]:is([data-size="small"], [data-size="tiny"]) {
    grid-template:
      "play title title open" auto "play time karaoke open" auto "wave wave knobs knobs" 4.875em /
      auto minmax(0, 1fr) minmax(0, auto) max(2.75em, 44px);
    row-gap: 0;
  }
  [data-layout="compact"]:is([data-size="small"], [data-size="tiny"]) :is(.hint, .loading) {
    height: 100%;
    align-content: center;
    line-height: 1.25;
    white-space: normal;
  }
  [data-layout="compact"]:is([data-size="small"], [data-size="tiny"]) :is(.karaoke, .expand) {
    place-self: end;
  }
  [data-layout="compact"]:is([data-size="small"], [data-size="tiny"]) .heads {
    justify-content: end;
    gap: 0.25em;
    padding-top: 0.5em;
  }
  [data-layout="compact"][data-size="tiny"] :is(.heads, stem-strip) {
    --_small-knob: 44px;
    flex: 1 1 0;
    gap: 0;
    min-width: 0;
  }
  [data-layout="compact"][data-size="tiny"] {
    gap: 0 0.25em;
    padding: 0.5em;
  }
  [data-layout="compact"][data-size="tiny"] .karaoke {
    padding: 0 0.5em;
  }
  [data-layout="compact"][data-size="tiny"] .duration {
    display: none;
  }
  [data-layout="compact"][data-least] {
    grid-template:
      "play title open" auto "play time open" auto "wave wave wave" 4em /
      auto minmax(0, 1fr) max(2.75em, 44px);
  }
  [data-layout="compact"][data-least] :is(.karaoke, .heads) {
    display: none;
  }

  /* tiny: a stem's name above its controls */
  [data-size="tiny"] {
    --stem-lane-head: calc(1.75em + var(--_touch));
  }
  [data-size="tiny"] :is(.go, .master) {
    flex-wrap: wrap;
  }
  [data-size="tiny"] .actions {
    display: contents;
  }
  /* Beside what it stands with, whatever it says. */
  [data-size="tiny"] button.details {
    flex: 1 1 6em;
    padding: 0;
    font-size: 0.875em;
  }
  [data-size="tiny"] .title {
    flex: 1 0 60%;
  }
  [data-size="tiny"] :is(.title, .more) {
    order: -1;
  }
  [data-size="tiny"] .master {
    height: auto;
  }
  [data-size="tiny"] .master .name {
    flex: 1 0 100%;
  }
  [data-size="tiny"] .master gain-knob {
    margin-inline-end: auto;
  }

  /* Until the drop zone is loaded. */
  .room {
    min-height: 22em;
  }

  @media (prefers-reduced-motion: reduce) {
    progress:indeterminate {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .mixer[data-dropping] {
      outline-color: Highlight;
    }
    .record svg {
      fill: currentColor;
    }
    .notice {
      outline: 1px solid;
      outline-offset: -1px;
    }
    .mixer[data-layout] button.details {
      justify-content: center;
      padding-inline: 0.5em;
    }
    [data-layout="compact"] button.details {
      color: CanvasText;
    }
    progress {
      forced-color-adjust: none;
    }
  }
`;
