// A static web server for tests and for `npm start`. Runs in Node.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";

export interface ServerOptions {
  /** Folder (or a list, searched in turn) served under each URL prefix; a prefix ends with "/". */
  mounts: Record<string, string | string[]>;
  /** Send COOP same-origin and COEP require-corp, so that pages have SharedArrayBuffer. */
  isolated: boolean;
  /** Pages and scripts served from memory, by URL path; a path without an extension is HTML. */
  pages?: Record<string, string>;
  /** Begin of the paths of files that stay as they are, which a browser context may keep; it keeps nothing else. */
  lasting?: string;
  /** Sent with everything, e.g. Access-Control-Allow-Origin. */
  headers?: Record<string, string>;
  /** Told the path of each file that is asked for, before it is looked up; it may write a file that is served. */
  beforeFile?: (pathname: string) => void;
  /** 0, the default, takes a free port. */
  port?: number;
  /** Address to listen on; by default only this machine can connect. */
  host?: string;
}

export interface Server {
  /** Without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** An empty page, at /blank on every server. */
const BLANK = '<!doctype html><html lang="en"><meta charset="utf-8"><title>blank</title></html>';

/** Serves files from 127.0.0.1 with range requests. */
export async function startServer(options: ServerOptions): Promise<Server> {
  // Looked up at every request: a test may add pages while the server runs.
  const { pages = {} } = options;
  const mounts = Object.entries(options.mounts)
    .sort(([a], [b]) => b.length - a.length)
    .map(([prefix, folders]) => ({
      prefix,
      handlers: [folders].flat().map((folder) => sirv(folder, { dev: true })),
    }));

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const lasts = options.lasting !== undefined && pathname.startsWith(options.lasting);
    response.setHeader("Cache-Control", lasts ? "max-age=3600" : "no-store");
    if (options.isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      response.setHeader(name, value);
    }
    if (pathname === "/favicon.ico") return void response.writeHead(204).end();
    const page = pages[pathname] ?? (pathname === "/blank" ? BLANK : undefined);
    if (page !== undefined) {
      const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
      return void response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(page);
    }
    options.beforeFile?.(pathname);
    const mount = mounts.find(({ prefix }) => pathname.startsWith(prefix));
    const chain = mount?.handlers ?? [];
    if (mount) request.url = (request.url ?? "/").slice(mount.prefix.length - 1);
    const next = (index: number): void => {
      if (index < chain.length) chain[index](request, response, () => next(index + 1));
      else response.writeHead(404).end(`not found: ${pathname}`);
    };
    next(0);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
