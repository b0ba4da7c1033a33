// Takes single connections off. Any thread that holds the nodes.

/**
 * Disconnects `from` from `to`, if they are connected: whoever owns `from` may have disconnected it
 * from everything already, after which asking for one connection throws.
 */
export function detach(from: AudioNode, to: AudioNode): void {
  try {
    from.disconnect(to);
  } catch (error) {
    if ((error as Error).name !== "InvalidAccessError") throw error;
  }
}
