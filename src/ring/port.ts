/**
 * The two ends of a ring where there is no SharedArrayBuffer: the same contract over a MessagePort,
 * worklet to worker or back. Runs on both of those threads.
 *
 * Frames travel in blocks (transferred ArrayBuffers) which the reader sends back once copied, so a
 * pair in steady state allocates no sample memory. A block is a Float64 header [position, frames]
 * and then planar Float32 data. The reader keeps a private ring, in which gaps between blocks are
 * silent, and reads from that.
 */
import {
  createRing,
  RingReader,
  RingWriter,
  type FrameReader,
  type FrameWriter,
  type ReadResult,
} from "./ring.ts";

const HEADER_BYTES = 16;

interface Block {
  readonly buffer: ArrayBuffer;
  readonly header: Float64Array;
  readonly planes: readonly Float32Array[];
}

function openBlock(buffer: ArrayBuffer, channels: number): Block {
  const frames = (buffer.byteLength - HEADER_BYTES) / (4 * channels);
  return {
    buffer,
    header: new Float64Array(buffer, 0, 2),
    planes: Array.from(
      { length: channels },
      (_, channel) => new Float32Array(buffer, HEADER_BYTES + 4 * channel * frames, frames),
    ),
  };
}

/** The writing end. Takes over the port's `onmessage`, where blocks come back. */
export class PortWriter implements FrameWriter {
  #port: MessagePort;
  #blockFrames: number;
  #position: number;
  #free: Block[] = [];
  #block: Block | undefined;
  #filled = 0;
  #dropped = 0;
  /** Reused for every message: building a list would allocate in the audio thread. */
  #transfer: [ArrayBuffer] | [] = [];

  /**
   * @param blockFrames frames per block; a full block is posted at once.
   * @param capacity frames that may be on their way at a time. Beyond that (the reader is frozen)
   *   frames are dropped, counted, and read as silence.
   * @param start position of the first frame to be written.
   */
  constructor(
    port: MessagePort,
    channels: number,
    blockFrames: number,
    capacity: number,
    start = 0,
  ) {
    this.#port = port;
    this.#blockFrames = blockFrames;
    this.#position = start;
    const bytes = HEADER_BYTES + 4 * channels * blockFrames;
    for (let frames = 0; frames < capacity; frames += blockFrames) {
      this.#free.push(openBlock(new ArrayBuffer(bytes), channels));
    }
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#free.push(openBlock(data, channels));
    };
  }

  get position(): number {
    return this.#position;
  }

  /** Frames dropped so far because every block was on its way. */
  get dropped(): number {
    return this.#dropped;
  }

  write(channels: readonly Float32Array[], frames: number, offset = 0): void {
    let done = 0;
    while (done < frames) {
      const block = (this.#block ??= this.#begin());
      if (block === undefined) {
        this.#dropped += frames - done;
        this.#position += frames - done;
        return;
      }
      const count = Math.min(frames - done, this.#blockFrames - this.#filled);
      const { planes } = block;
      for (let channel = 0; channel < planes.length; channel++) {
        const plane = planes[channel];
        const source = channels[channel];
        if (source === undefined) {
          for (let i = 0; i < count; i++) plane[this.#filled + i] = 0;
        } else {
          for (let i = 0; i < count; i++) plane[this.#filled + i] = source[offset + done + i];
        }
      }
      done += count;
      this.#filled += count;
      this.#position += count;
      if (this.#filled === this.#blockFrames) this.flush();
    }
  }

  skip(frames: number): void {
    this.flush();
    this.#position += frames;
  }

  flush(): void {
    const block = this.#block;
    if (block === undefined) return;
    block.header[1] = this.#filled;
    this.#block = undefined;
    this.#filled = 0;
    this.#transfer[0] = block.buffer;
    this.#port.postMessage(block.buffer, this.#transfer);
  }

  #begin(): Block | undefined {
    const block = this.#free.pop();
    if (block !== undefined) block.header[0] = this.#position;
    return block;
  }
}

/** The reading end. Takes over the port's `onmessage`, where blocks arrive. */
export class PortReader implements FrameReader {
  #reader: RingReader;
  #wake: (() => void) | undefined;

  /** @param capacity of the private ring, see `createRing`; more than the writer's. */
  constructor(port: MessagePort, channels: number, capacity: number, start = 0) {
    const ring = createRing(channels, capacity, { start, shared: false });
    const writer = new RingWriter(ring, start);
    this.#reader = new RingReader(ring);
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const { header, planes } = openBlock(data, channels);
      const gap = header[0] - writer.position;
      if (gap > 0) writer.skip(gap);
      writer.write(planes, header[1]);
      port.postMessage(data, [data]);
      this.#wake?.();
    };
  }

  available(position: number): number {
    return this.#reader.available(position);
  }

  read(
    position: number,
    channels: readonly Float32Array[],
    frames: number,
    offset = 0,
  ): ReadResult {
    return this.#reader.read(position, channels, frames, offset);
  }

  /** Resolves when `position` is written (exclusive). */
  async wait(position: number): Promise<void> {
    while (this.available(position) < 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
