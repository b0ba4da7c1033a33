// Guarded registration of elements: safe on a server and when a page loads two copies. Page thread.

/** Defines `tag` unless it is taken or there is no registry (a server). */
export function define(tag: string, element: CustomElementConstructor): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (registry && !registry.get(tag)) registry.define(tag, element);
}
