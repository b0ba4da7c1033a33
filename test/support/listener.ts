// A server that answers as a test says: for downloads that fail. Runs in Node.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** Runs `body` with the server's origin, then closes every connection. */
export async function withListener(
  listener: RequestListener,
  body: (origin: string) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
