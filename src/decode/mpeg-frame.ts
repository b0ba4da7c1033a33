// Headers of MPEG audio frames (ISO/IEC 11172-3, 2.4.2.3; 13818-3; MPEG 2.5). Pure, any thread.

/** kbit/s by index from 1, for MPEG 1 and for the lower sampling frequencies. */
const BITRATES = {
  high: [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  ],
  low: [
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ],
};
const RATES = [44_100, 48_000, 32_000];

interface Header {
  /** Version, layer and sampling frequency: the same in all frames of a file. */
  readonly kind: number;
  /** Bytes up to the next frame; 0 for a free bitrate, which does not tell. */
  readonly length: number;
}

export function mpegHeader(bytes: Uint8Array, at: number): Header | undefined {
  const [sync, form, rates] = bytes.subarray(at, at + 3);
  if (sync !== 0xff || (form & 0xe0) !== 0xe0 || rates === undefined) return undefined;
  const version = (form >> 3) & 3; // 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
  const layer = 4 - ((form >> 1) & 3);
  const bitrate = rates >> 4;
  const frequency = (rates >> 2) & 3;
  if (version === 1 || layer === 4 || bitrate === 15 || frequency === 3) return undefined;
  const kind = (form & 0x1e) | (frequency << 8);
  if (bitrate === 0) return { kind, length: 0 };
  const rate = RATES[frequency] / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const bits = 1000 * BITRATES[version === 3 ? "high" : "low"][layer - 1][bitrate - 1];
  const padding = (rates >> 1) & 1;
  if (layer === 1) return { kind, length: 4 * (Math.floor((12 * bits) / rate) + padding) };
  const samples = layer === 3 && version !== 3 ? 576 : 1152;
  return { kind, length: Math.floor(((samples / 8) * bits) / rate) + padding };
}

/** Frames in a row that no other bytes give by chance. */
const ENOUGH = 3;

/** Frames of one kind, each where the one before ends, and where the last of them ends. */
function row(bytes: Uint8Array, first: number): { frames: number; end: number } {
  const kind = mpegHeader(bytes, first)?.kind;
  let end = first;
  for (let frames = 0; ; frames++) {
    const header = mpegHeader(bytes, end);
    if (!header || header.kind !== kind || header.length === 0) return { frames, end };
    end += header.length;
  }
}

/** Where the first row of frames begins; -1: nowhere. */
export function firstMpegFrame(bytes: Uint8Array, from = 0): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && row(bytes, at).frames < ENOUGH) at = bytes.indexOf(0xff, at + 1);
  return at;
}

/** Where the last row of frames ends, beyond the bytes when they cut it off; -1: there is none. */
export function lastMpegFrameEnd(bytes: Uint8Array): number {
  let end = -1;
  for (let at = firstMpegFrame(bytes); at >= 0; at = firstMpegFrame(bytes, end)) {
    end = row(bytes, at).end;
  }
  return end;
}
