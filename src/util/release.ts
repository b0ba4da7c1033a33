// Gives an array's memory back at once. Page, worker or Node.

/** Smaller ones are left to the garbage collector. */
const LEAST_BYTES = 2 ** 20;

let nobody: Promise<MessagePort> | undefined;

/**
 * Frees what the caller alone holds and needs no more: hands it to a port whose other end is closed.
 * The collector knows little of what arrays cost, and would let several of 45 MB wait for it.
 */
export async function release({ buffer }: Float32Array | Uint8Array): Promise<void> {
  if (buffer.byteLength < LEAST_BYTES || !(buffer instanceof ArrayBuffer)) return;
  nobody ??= portToNobody();
  (await nobody).postMessage(undefined, [buffer]);
}

/** Frees each; several may be views of one buffer. */
export async function releaseAll(arrays: readonly Float32Array[]): Promise<void> {
  for (const array of arrays) await release(array);
}

/** Until its other end has closed, which takes a turn of the event loop, a port keeps what it is given. */
async function portToNobody(): Promise<MessagePort> {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  await new Promise((resolve) => setTimeout(resolve));
  return port1;
}
