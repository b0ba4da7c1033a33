// Files that lie packed with gzip, whatever their server says of it. Page, worker or Node 20; fetched where there
// is one to unpack.
import { problem, request } from "./request.ts";

/** A packed file's first bytes. */
const GZIP = [0x1f, 0x8b] as const;

/**
 * Downloads a file that is packed with gzip, and unpacks it unless its server has had the browser do so.
 * @throws DannaError "fetch"
 */
export async function fetchUnpacked(url: string): Promise<ArrayBuffer> {
  const response = await request(url, undefined);
  if (!response.ok) throw problem(url, `status ${response.status}`);
  try {
    const packed = await response.blob();
    const [first, second] = new Uint8Array(await packed.slice(0, 2).arrayBuffer());
    if (first !== GZIP[0] || second !== GZIP[1]) return await packed.arrayBuffer();
    const plain = packed.stream().pipeThrough(new DecompressionStream("gzip"));
    return await new Response(plain).arrayBuffer();
  } catch (cause) {
    throw problem(url, "the connection broke, or the file is damaged", cause);
  }
}

/** What gzip packed in the chunks; they themselves where the server has had the browser unpack them. */
export async function* unpacked(
  url: string | URL,
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { value: first } = await chunks.next();
  if (!first) return;
  // A first chunk of a single byte would be a server's spite.
  if (first[0] !== GZIP[0] || first[1] !== GZIP[1]) {
    yield first;
    return yield* chunks;
  }
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  let failure: unknown;
  const feed = async () => {
    await writer.write(first);
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  };
  feed().catch((error: unknown) => {
    failure = error;
    return writer.abort(error).catch(() => undefined);
  });
  const reader = readable.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw failure instanceof Error && !(failure instanceof TypeError)
      ? failure
      : problem(url, "the file is damaged", cause);
  } finally {
    void reader.cancel().catch(() => undefined);
    void chunks.return(undefined);
  }
}
