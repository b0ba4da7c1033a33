// The one-tag build (dist/embed.js): a classic script that loads the elements from the folder it
// lies in, on whatever origin that is. Page.
//
//   <script src="https://cdn.example/danna-sep/embed.js" crossorigin async></script>
//   <stem-mixer src="song.mp3"></stem-mixer>
//
// `data-base-url` on the tag names another folder for everything else.

const script = document.currentScript;
if (!(script instanceof HTMLScriptElement)) {
  throw new Error(
    'Danna-Sep: load embed.js with <script src="…/embed.js">, without type="module".',
  );
}
const { baseUrl } = script.dataset;
const folder =
  baseUrl === undefined ? new URL("./", script.src) : new URL(baseUrl, document.baseURI);
if (!folder.pathname.endsWith("/")) folder.pathname += "/";
const elements = new URL("stem-mixer.js", folder).href;

import(/* @vite-ignore */ elements).catch((cause: unknown) => {
  const reason =
    location.protocol === "file:"
      ? "Pages from file: load no modules. Serve the page over HTTP; in Electron, through a protocol " +
        "of your own (protocol.handle), registered as standard and secure."
      : "Is the folder whole, does its server allow cross-origin reading, does the page's " +
        "Content-Security-Policy allow its scripts?";
  const message = `Danna-Sep: ${elements} cannot be loaded. ${reason}`;
  throw new Error(message, { cause });
});
