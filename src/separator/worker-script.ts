// Lets a page start a worker whose script lies on another origin. Page.

const blobs = new Map<string, string>();

/**
 * A URL from which this page may start a module worker: `url` itself, or, as workers must be of
 * the page's origin, a blob that imports it. The other origin must allow cross-origin reading, and
 * the page's Content-Security-Policy `worker-src blob:`.
 */
export function workerScript(url: string): string {
  const { origin, protocol } = new URL(url);
  if (origin === location.origin || protocol === "data:" || protocol === "blob:") return url;
  let blob = blobs.get(url);
  if (blob === undefined) {
    const source = `import ${JSON.stringify(url)};`;
    blob = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    // Never revoked: browsers differ in when a module worker has read its script.
    blobs.set(url, blob);
  }
  return blob;
}
