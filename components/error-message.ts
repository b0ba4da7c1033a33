// An error as the elements show it. Page thread.
import { html, nothing } from "lit";
import type { ErrorText } from "./core/error-text.ts";
import type { Texts } from "./core/texts.ts";

/** Cause and cure, and on demand the error's own words. */
export const renderError = ({ text, details }: ErrorText, texts: Texts) =>
  html`${text}
  ${
    details
      ? html`<details class="reason">
          <summary>${texts.details}</summary>
          <span lang="en">${details}</span>
        </details>`
      : nothing
  }`;
