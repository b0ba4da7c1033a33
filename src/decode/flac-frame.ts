// Headers and checksums of FLAC frames (RFC 9639, 9.1 and 9.3). Pure, any thread.

export interface FlacHeader {
  /** Bytes of the header. */
  readonly length: number;
  /** Samples of the frame. */
  readonly samples: number;
  /** What is the same in all frames of a stream: blocking strategy, channels' number and depth. */
  readonly kind: number;
}

const MASK = /WAVEFORMATEXTENSIBLE_CHANNEL_MASK=(0x[\da-f]+)/i;

/** Channel mask in a file's comments, as in WAVE; 0 where there is none. */
export const flacMask = (comments: Uint8Array): number =>
  Number(MASK.exec(new TextDecoder().decode(comments))?.[1] ?? 0);

/** Tables of a checksum with the highest bit first. */
function table(polynomial: number, bits: 8 | 16): Uint16Array {
  const top = 1 << (bits - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << (bits - 8);
    for (let i = 0; i < 8; i++) value = value & top ? (value << 1) ^ polynomial : value << 1;
    return value & (2 ** bits - 1);
  });
}
const CRC8 = table(0x07, 8);
const CRC16 = table(0x8005, 16);

/** The checksum of a frame goes on from `crc`; a whole frame, with its own checksum, gives 0. */
export function crc16(crc: number, bytes: Uint8Array, from: number, to: number): number {
  let sum = crc;
  for (let i = from; i < to; i++) sum = ((sum << 8) ^ CRC16[(sum >> 8) ^ bytes[i]]) & 0xffff;
  return sum;
}

const LARGEST_HEADER = 16;

/** By block size code. */
function blockSize(code: number): number {
  if (code === 1) return 192;
  return code < 6 ? 576 << (code - 2) : 256 << (code - 8);
}

/** Channels by their code, where both of two that are coded together count as two. */
const channelsOf = (code: number): number => (code < 8 ? code + 1 : 2);

/** undefined when there is no header, or not all of it. */
export function flacHeader(bytes: Uint8Array, at: number): FlacHeader | undefined {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xfe) !== 0xf8) return undefined;
  const [sizes, form] = [bytes[at + 2], bytes[at + 3]];
  const [size, rate, channels, depth] = [sizes >> 4, sizes & 15, form >> 4, (form >> 1) & 7];
  if (size === 0 || rate === 15 || channels > 10 || depth === 3 || form & 1) return undefined;
  const first = bytes[at + 4];
  // The number is coded as letters are in UTF-8, up to seven bytes.
  const extra = first < 0x80 ? 0 : Math.clz32(~(first << 24)) - 1;
  if (extra < 0 || extra > 6 || (first & 0xc0) === 0x80) return undefined;
  let end = at + 5 + extra;
  let samples = blockSize(size);
  if (size === 6) samples = bytes[end] + 1;
  if (size === 7) samples = bytes[end] * 256 + bytes[end + 1] + 1;
  if (size === 6 || size === 7) end += size - 5;
  if (rate >= 12) end += rate === 12 ? 1 : 2;
  if (end >= bytes.length || end - at > LARGEST_HEADER) return undefined;
  let crc = 0;
  for (let i = at; i < end; i++) crc = CRC8[crc ^ bytes[i]];
  if (crc !== bytes[end]) return undefined;
  const kind = ((bytes[at + 1] & 1) << 8) | (channelsOf(channels) << 3) | depth;
  return { length: end + 1 - at, samples, kind };
}
