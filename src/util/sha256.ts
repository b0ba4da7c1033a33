// SHA-256 of a file. Page, worker or Node; pages need a secure context (https or localhost).

/** 64 lower-case hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of a file that are read at a time. */
const PIECE = 2 ** 28;

/** The digits of a file; of a large one those of its pieces' digits, so that it is never in memory whole. */
export async function sha256OfFile(file: Blob): Promise<string> {
  const digits: string[] = [];
  for (let at = 0; at === 0 || at < file.size; at += PIECE) {
    const bytes = await file.slice(at, at + PIECE).arrayBuffer();
    digits.push(await sha256(new Uint8Array(bytes)));
  }
  return digits.length === 1 ? digits[0] : sha256(new TextEncoder().encode(digits.join()));
}
