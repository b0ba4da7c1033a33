// An Ogg stream page by page (RFC 3533, 6). Pure, any thread.

/** Of a page's sixth byte. */
export const BEGIN_OF_STREAM = 2;
export const END_OF_STREAM = 4;

export const LARGEST_PAGE = 65_307;
const HEADER = 27;

const pageAt = (bytes: Uint8Array, at: number): boolean =>
  String.fromCharCode(...bytes.subarray(at, at + 4)) === "OggS";

/** Bytes of the page that begins there; undefined when none does or too little of it is there to tell. */
export function pageLength(bytes: Uint8Array, at: number): number | undefined {
  const table = at + HEADER + bytes[at + 26];
  if (!pageAt(bytes, at) || !(table <= bytes.length)) return undefined;
  return bytes.subarray(at + HEADER, table).reduce((sum, length) => sum + length, table - at);
}

/** Number of the stream that a page belongs to; others may lie between its pages. */
const serialOf = (page: Uint8Array): number =>
  new DataView(page.buffer, page.byteOffset).getUint32(14, true);

/** Samples up to the end of a page, as its codec counts them; undefined where no packet ends in it. */
export function granuleOf(page: Uint8Array): number | undefined {
  const granule = new DataView(page.buffer, page.byteOffset).getBigInt64(6, true);
  return granule < 0n ? undefined : Number(granule);
}

/** A page's data from its first byte on. */
export const pageData = (page: Uint8Array): Uint8Array => page.subarray(HEADER + page[26]);

/** Where the next page begins, or else how many bytes surely belong to none. */
function nextPage(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x4f, from); at >= 0; at = bytes.indexOf(0x4f, at + 1)) {
    if (at + 4 > bytes.length || pageAt(bytes, at)) return at;
  }
  return bytes.length;
}

/**
 * Each page as a whole; one that the end cuts off is left out.
 * @throws Error when there is something else between pages; behind the last one it does no harm
 */
export async function* oggPages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array();
  let lost = false;
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let at = 0;
    for (;;) {
      const next = nextPage(bytes, at);
      lost ||= next > at;
      at = next;
      const length = pageLength(bytes, at);
      if (length === undefined || at + length > bytes.length) break;
      if (lost) throw new Error("it has gaps between its Ogg pages");
      yield bytes.slice(at, at + length);
      at += length;
    }
    rest = bytes.slice(at);
  }
}

/**
 * Of each link of a chain the pages of one stream: the first that `wanted` finds in its first page.
 * Pictures and other sound, which `ffmpeg` and encoders of video put beside it, are left out.
 */
export async function* streamPages(
  pages: AsyncIterable<Uint8Array>,
  wanted: (first: Uint8Array) => boolean,
): AsyncGenerator<Uint8Array> {
  let chosen: number | undefined;
  let inHeaders = false;
  for await (const page of pages) {
    const first = (page[5] & BEGIN_OF_STREAM) !== 0;
    if (first && !inHeaders) chosen = undefined;
    inHeaders = first;
    if (first && chosen === undefined && wanted(page)) chosen = serialOf(page);
    if (serialOf(page) === chosen) yield page;
  }
}

/** A page that holds whole packets. Its checksum is left at 0, which only some readers look at. */
export function oggPage(
  packets: readonly Uint8Array[],
  { sequence, flags }: { readonly sequence: number; readonly flags: number },
): Uint8Array {
  const lacing = packets.flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ]);
  if (lacing.length > 255) throw new Error("a packet is longer than an Ogg page");
  const page = new Uint8Array(
    HEADER + lacing.length + packets.reduce((sum, p) => sum + p.length, 0),
  );
  page.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  new DataView(page.buffer).setUint32(18, sequence, true);
  page[26] = lacing.length;
  page.set(lacing, HEADER);
  let at = HEADER + lacing.length;
  for (const packet of packets) {
    page.set(packet, at);
    at += packet.length;
  }
  return page;
}
