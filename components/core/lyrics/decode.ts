// Bytes of a text file → text, whatever wrote it. Pure; any thread.

/** Names that UltraStar files give encodings, and what the platform calls them. */
const ENCODINGS: Readonly<Record<string, string>> = {
  UTF8: "utf-8",
  CP1250: "windows-1250",
  CP1251: "windows-1251",
  CP1252: "windows-1252",
};

/**
 * The text of a file, without its byte order mark, with line feeds alone: UTF-16 and UTF-8 by their marks, the
 * encoding that an UltraStar file names, UTF-8 where it is valid, or else Windows-1252, which any bytes are.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes).replace(/\r\n?/g, "\n");
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  // Text of Latin letters in 16 bits has a zero in each pair.
  if (bytes.length > 1 && first === 0) return "utf-16be";
  if (bytes.length > 1 && second === 0) return "utf-16le";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return "utf-8";
  } catch {
    const latin = new TextDecoder("windows-1252").decode(bytes);
    const [, named = ""] = /^#ENCODING:\s*([\w-]+)/im.exec(latin) ?? [];
    return ENCODINGS[named.toUpperCase().replace(/\W/g, "")] ?? "windows-1252";
  }
}
