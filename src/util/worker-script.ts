// Lets a page start a worker whose script lies on another origin. Page.

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

const scripts = new Map<string, string>();
let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** Where a page requires Trusted Types, its policy must allow `trusted-types danna-sep`. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("danna-sep", { createScriptURL: (script) => script });
  return policy?.createScriptURL(url) ?? url;
}

/**
 * A URL from which this page may start a module worker: `url` itself, or, as workers must be of
 * the page's origin, a blob that imports it. The other origin must allow cross-origin reading, and
 * the page's Content-Security-Policy `worker-src blob:`. A sandboxed frame without an origin may not
 * start modules from its own blobs: there it is `data:`.
 */
export function workerScript(url: string): string {
  const { origin, protocol } = new URL(url);
  if (origin === self.origin || protocol === "data:" || protocol === "blob:") {
    return trusted(url);
  }
  let script = scripts.get(url);
  if (script === undefined) {
    const source = `import ${JSON.stringify(url)};`;
    script =
      self.origin === "null"
        ? `data:text/javascript,${encodeURIComponent(source)}`
        : URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    // Blobs are never revoked: browsers differ in when a module worker has read its script.
    scripts.set(url, script);
  }
  return trusted(script);
}
