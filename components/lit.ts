// What the elements use of Lit, for pages without a bundler. Built as dist/lit.js, which the other built
// files import; bundlers take the `lit` of node_modules in its place (package.json, "browser").
export { adoptStyles, css, html, LitElement, nothing, svg, unsafeCSS } from "lit";
export { property, query, state } from "lit/decorators.js";
