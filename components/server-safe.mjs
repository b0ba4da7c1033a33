// What Lit touches while it is imported, for places without a DOM. The build puts these in the
// place of the globals, so that importing the built elements on a server does no harm.
const HTMLElementOrShim = globalThis.HTMLElement ?? class {};
const documentOrShim = globalThis.document ?? { createTreeWalker: () => ({}) };
export { HTMLElementOrShim as HTMLElement, documentOrShim as document };
