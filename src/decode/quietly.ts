// Keeps the WebAssembly decoders from writing to the console what they also return. Any thread.

/** Calls under way, and what logged errors before the first of them. */
let running = 0;
let log: typeof console.error;

export async function quietly<T>(action: () => T | Promise<T>): Promise<T> {
  const { console } = globalThis;
  if (running++ === 0) log = console.error;
  console.error = () => undefined;
  try {
    return await action();
  } finally {
    if (--running === 0) console.error = log;
  }
}
