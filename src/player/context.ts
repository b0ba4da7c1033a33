// The contexts that players make. Their making is not left to what is loaded later: only a gesture lets a
// context run. Page thread.

/** One that has captured a media element outlives its player. */
const own = new WeakSet<BaseAudioContext>();

export function createContext(): AudioContext {
  const context = new AudioContext({ latencyHint: "interactive" });
  own.add(context);
  return context;
}

/** Whether a context is a player's, to be suspended and closed. */
export const isOwnContext = (context: BaseAudioContext): boolean => own.has(context);

/** Lets a context run. Only a gesture does where the browser's autoplay policy holds it. */
export function wake(context: AudioContext): void {
  // Not awaited: without a gesture the promise stays pending.
  if (context.state !== "running") context.resume().catch(() => undefined);
}

/** How many want a context to run, whatever its player does. */
const awake = new WeakMap<BaseAudioContext, number>();

/** Keeps a player from suspending its context until the returned function is called. */
export function stayAwake(context: BaseAudioContext): () => void {
  const add = (count: number) => awake.set(context, (awake.get(context) ?? 0) + count);
  add(1);
  return () => void add(-1);
}

export const staysAwake = (context: BaseAudioContext): boolean => (awake.get(context) ?? 0) > 0;
