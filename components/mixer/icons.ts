// The mixer's few icons, drawn on a grid of 24. Page thread.
import { svg, type SVGTemplateResult } from "lit";

const icon = (shape: SVGTemplateResult) =>
  svg`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;

export const playIcon = icon(
  svg`<path d="M7 4.5v15a.75.75 0 0 0 1.14.64l12.1-7.5a.75.75 0 0 0 0-1.28L8.14 3.86A.75.75 0 0 0 7 4.5Z"/>`,
);
export const pauseIcon = icon(
  svg`<rect x="5.5" y="4" width="4.5" height="16" rx="1"/><rect x="14" y="4" width="4.5" height="16" rx="1"/>`,
);
export const recordIcon = icon(svg`<circle cx="12" cy="12" r="6.5"/>`);
export const stopIcon = icon(svg`<rect x="6" y="6" width="12" height="12" rx="1.5"/>`);
export const minusIcon = icon(svg`<rect x="5" y="11" width="14" height="2" rx="1"/>`);
export const plusIcon = icon(
  svg`<path d="M13 5a1 1 0 1 0-2 0v6H5a1 1 0 1 0 0 2h6v6a1 1 0 1 0 2 0v-6h6a1 1 0 1 0 0-2h-6V5Z"/>`,
);
export const moreIcon = icon(
  svg`<circle cx="5" cy="12" r="2"/><circle cx="12" cy="12" r="2"/><circle cx="19" cy="12" r="2"/>`,
);
export const expandIcon = icon(
  svg`<path d="M14 4h6v6h-2V7.4l-4.3 4.3-1.4-1.4L16.6 6H14V4ZM4 14h2v2.6l4.3-4.3 1.4 1.4L7.4 18H10v2H4v-6Z"/>`,
);
export const shrinkIcon = icon(
  svg`<path d="M13 5h2v2.6l4.3-4.3 1.4 1.4L16.4 9H19v2h-6V5ZM5 13h6v6H9v-2.6l-4.3 4.3-1.4-1.4L7.6 15H5v-2Z"/>`,
);
export const closeIcon = icon(
  svg`<path d="M6.7 5.3a1 1 0 0 0-1.4 1.4L10.6 12l-5.3 5.3a1 1 0 1 0 1.4 1.4l5.3-5.3 5.3 5.3a1 1 0 0 0 1.4-1.4L13.4 12l5.3-5.3a1 1 0 0 0-1.4-1.4L12 10.6 6.7 5.3Z"/>`,
);
