// Keeps the demo pages for when there is no network: fresh from the server while there is one. Service
// worker, built into dist/offline.js so that its scope has the pages and what they load.

/** As the build wrote it: what the pages may load, relative to this script. */
const LIST = "offline.json";
const CACHE = "danna-sep-pages";

/** What this file uses of a service worker's global scope, which the DOM's types lack. */
interface Scope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(
    type: "install" | "activate",
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    type: "fetch",
    listener: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
}
const scope = globalThis as unknown as Scope;

scope.addEventListener("install", (event) => event.waitUntil(keepAll()));
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("fetch", (event) => {
  const { method, url, headers } = event.request;
  const isOurs = new URL(url).origin === location.origin;
  // Models are kept by the library, by their hash; parts of files are asked for where the whole is known.
  if (method !== "GET" || !isOurs || /\.onnx(\.planes\.gz)?$/.test(url) || headers.has("Range"))
    return;
  event.respondWith(answer(event.request));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  const response = await fetch(LIST);
  await cache.addAll((await response.json()) as string[]);
  await scope.skipWaiting();
}

async function answer(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.status === 200) {
      const cache = await caches.open(CACHE);
      await cache.put(request.url.replace(/[?#].*$/, ""), response.clone());
    }
    return response;
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}
