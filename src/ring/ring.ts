/**
 * Single-producer, single-consumer ring of planar float frames, addressed by absolute position.
 * Runs on any thread; the writer on one, the reader on another (or both on one).
 *
 * Memory (one SharedArrayBuffer, or an ArrayBuffer when both ends share a thread):
 *   Int32 control block of HEADER_INTS words, then `channels` planes of `capacity` Float32 each.
 * A frame with absolute position p lies at index p mod capacity of every plane.
 *
 * Contract
 * - Neither end ever waits for the other, takes a lock or allocates (`RingReader.wait` excepted, which
 *   is for workers). All frames are written before the counter that announces them.
 * - The writer never fails. It overwrites what is older than `capacity` frames; the reader finds that
 *   out by itself ("lost") and no time is shifted by it, because every frame has its own position.
 * - Counters are Int32 and wrap every 2^32 frames. Positions are plain numbers; they are compared
 *   by wrapped differences, so they stay exact beyond the wrap as long as both ends are less than
 *   2^31 frames apart (12 hours at 48 kHz).
 */

/** Words of the control block; the counters of the two threads lie on separate cache lines. */
const HEADER_INTS = 32;
const CHANNELS = 0;
const CAPACITY = 1;
/** Written by the writer only: position of the first frame not yet written, modulo 2^32. */
const WRITTEN = 8;
/** Written by the reader only: the writer notifies when WRITTEN reaches this position. */
const WANTED = 24;

/** Longest time in ms that a thread without Atomics.waitAsync is deaf to messages. */
const BLOCKING_TIME = 50;

type WaitAsync = (
  control: Int32Array,
  index: number,
  value: number,
) => { value: Promise<string> | string };
const { waitAsync } = Atomics as { waitAsync?: WaitAsync };

/** What one end needs to know of the memory. */
interface View {
  readonly control: Int32Array;
  readonly planes: readonly Float32Array[];
  readonly mask: number;
}

/** The writing end of a ring or of a message port. Positions in frames. */
export interface FrameWriter {
  /** Absolute position of the next frame to be written. */
  readonly position: number;
  /**
   * Appends `frames` frames. `channels` holds one array per channel of the ring, read from `offset`;
   * with fewer arrays, the missing channels are silent. Wait-free, allocates nothing.
   */
  write(channels: readonly Float32Array[], frames: number, offset?: number): void;
  /**
   * Appends `frames` frames of silence (any number: more than the capacity costs no more). Over a
   * port they show only together with the frames after them.
   */
  skip(frames: number): void;
  /** Makes everything written so far visible to the reader, where `write` alone may batch. */
  flush(): void;
}

/** The reading end of a ring or of a message port. Positions in frames. */
export interface FrameReader {
  /** Frames written from `position` on; negative if the writer has not even come that far. */
  available(position: number): number;
  /**
   * Copies `frames` frames from absolute `position` into `channels` at `offset`. Wait-free, allocates
   * nothing. 'early': not all written yet, nothing copied. 'lost': (partly) overwritten, or about to
   * be; `channels` may hold anything.
   */
  read(
    position: number,
    channels: readonly Float32Array[],
    frames: number,
    offset?: number,
  ): ReadResult;
}

export type ReadResult = "ok" | "early" | "lost";

/**
 * Makes the memory of a ring.
 * @param capacity frames, a power of two. A reader may lag at most three quarters of it behind the
 *   writer; the rest keeps it clear of the frames being written at that moment.
 * @param start position of the first frame to be written; everything before it reads as silence.
 * @param shared SharedArrayBuffer, for two threads; otherwise an ArrayBuffer.
 */
export function createRing(
  channels: number,
  capacity: number,
  { start = 0, shared = true }: { start?: number; shared?: boolean } = {},
): ArrayBufferLike {
  if (!Number.isInteger(channels) || channels < 1) {
    throw new RangeError(`A ring needs at least one channel, not ${channels}.`);
  }
  if (
    !Number.isInteger(capacity) ||
    capacity < 4 ||
    capacity > 2 ** 28 ||
    capacity & (capacity - 1)
  ) {
    throw new RangeError(
      `The capacity of a ring is a power of two from 4 to 2^28, not ${capacity}.`,
    );
  }
  const bytes = 4 * (HEADER_INTS + channels * capacity);
  const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const control = new Int32Array(buffer, 0, HEADER_INTS);
  control[CHANNELS] = channels;
  control[CAPACITY] = capacity;
  beginRing(buffer, start);
  return buffer;
}

/** Lets a ring that nobody has used yet begin at another position, on either thread. */
export function beginRing(buffer: ArrayBufferLike, start: number): void {
  const control = new Int32Array(buffer, 0, HEADER_INTS);
  Atomics.store(control, WRITTEN, start | 0);
  Atomics.store(control, WANTED, start | 0);
}

function open(buffer: ArrayBufferLike): View {
  const control = new Int32Array(buffer, 0, HEADER_INTS);
  const capacity = control[CAPACITY];
  const planes = Array.from(
    { length: control[CHANNELS] },
    (_, channel) => new Float32Array(buffer, 4 * (HEADER_INTS + channel * capacity), capacity),
  );
  return { control, planes, mask: capacity - 1 };
}

/** The only writer of a ring. Create it once, before the first frame. */
export class RingWriter implements FrameWriter {
  #view: View;
  #position: number;

  /** @param start the `start` that the ring was made with, or begun at. */
  constructor(buffer: ArrayBufferLike, start = 0) {
    this.#view = open(buffer);
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  write(channels: readonly Float32Array[], frames: number, offset = 0): void {
    const { planes, mask } = this.#view;
    const first = this.#position & mask;
    for (let channel = 0; channel < planes.length; channel++) {
      const plane = planes[channel];
      const source = channels[channel];
      if (source === undefined) {
        for (let i = 0; i < frames; i++) plane[(first + i) & mask] = 0;
      } else {
        for (let i = 0; i < frames; i++) plane[(first + i) & mask] = source[offset + i];
      }
    }
    this.#publish(frames);
  }

  skip(frames: number): void {
    const { planes, mask } = this.#view;
    const silent = Math.min(frames, mask + 1);
    const first = (this.#position + frames - silent) & mask;
    for (const plane of planes) {
      for (let i = 0; i < silent; i++) plane[(first + i) & mask] = 0;
    }
    this.#publish(frames);
  }

  /** Nothing to do: a ring shows every frame as soon as `write` returns. */
  flush(): void {}

  /** Announces frames already in place; wakes the reader only when it waits for one of them. */
  #publish(frames: number): void {
    const { control } = this.#view;
    const before = this.#position | 0;
    this.#position += frames;
    const after = this.#position | 0;
    Atomics.store(control, WRITTEN, after);
    const wanted = Atomics.load(control, WANTED);
    if (((wanted - before) | 0) > 0 && ((after - wanted) | 0) >= 0) {
      Atomics.notify(control, WRITTEN);
    }
  }
}

/** The only reader of a ring. */
export class RingReader implements FrameReader {
  #view: View;
  /** Lag behind the writer at which frames count as lost. */
  #limit: number;

  constructor(buffer: ArrayBufferLike) {
    this.#view = open(buffer);
    const capacity = this.#view.mask + 1;
    this.#limit = capacity - capacity / 4;
  }

  available(position: number): number {
    return (Atomics.load(this.#view.control, WRITTEN) - position) | 0;
  }

  read(
    position: number,
    channels: readonly Float32Array[],
    frames: number,
    offset = 0,
  ): ReadResult {
    if (this.available(position) < frames) return "early";
    const { planes, mask } = this.#view;
    const first = position & mask;
    for (let channel = 0; channel < planes.length; channel++) {
      const plane = planes[channel];
      const target = channels[channel];
      for (let i = 0; i < frames; i++) target[offset + i] = plane[(first + i) & mask];
    }
    // Asked afterwards, because the writer went on while this copied.
    return this.available(position) > this.#limit ? "lost" : "ok";
  }

  /**
   * Resolves when `position` is written (exclusive). Only in workers, on shared memory. Where the
   * browser lacks Atomics.waitAsync it blocks the thread, and gives up after BLOCKING_TIME so that
   * messages are heard: look at `available`.
   */
  async wait(position: number): Promise<void> {
    const { control } = this.#view;
    Atomics.store(control, WANTED, position | 0);
    for (;;) {
      // The counter is read after WANTED is stored: a writer that passes in between either sees
      // WANTED and notifies, or has already changed the counter, and the wait ends at once.
      const written = Atomics.load(control, WRITTEN);
      if (((written - position) | 0) >= 0) return;
      if (waitAsync === undefined) {
        if (Atomics.wait(control, WRITTEN, written, BLOCKING_TIME) === "timed-out") return;
      } else {
        await waitAsync(control, WRITTEN, written).value;
      }
    }
  }
}
