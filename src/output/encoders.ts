// Encoders that this runtime lacks, from packages, each loaded when a file needs it. Page, worker or Node.
//
// Browsers encode no FLAC and no MP3, and not all of them AAC; Node encodes nothing by itself. The
// packages run in a worker of their own, which they start from a blob.
import { canEncodeAudio, type AudioCodec, type AudioEncodingConfig } from "mediabunny";
import { DannaError } from "../errors.ts";

const CHANNELS = 2;

const REGISTER: Partial<Record<AudioCodec, () => Promise<void>>> = {
  flac: async () => (await import("@mediabunny/flac-encoder")).registerFlacEncoder(),
  mp3: async () => (await import("@mediabunny/mp3-encoder")).registerMp3Encoder(),
  aac: async () => (await import("@mediabunny/aac-encoder")).registerAacEncoder(),
};

/**
 * Makes sure that `codec` can be encoded at this sample rate.
 * @throws DannaError "input" for a rate that the encoder does not take, "platform" where a page may
 *   start no worker from a blob
 */
export async function prepareEncoder(
  { codec, bitrate }: Pick<AudioEncodingConfig, "codec" | "bitrate">,
  sampleRate: number,
): Promise<void> {
  const register = REGISTER[codec];
  if (!register) return;
  const settings = { numberOfChannels: CHANNELS, sampleRate, ...(bitrate && { bitrate }) };
  if (await canEncodeAudio(codec, settings)) return;
  // Where a page forbids it the encoder's worker never answers.
  if (!(await startsBlobWorkers())) throw unable(codec);
  try {
    await register();
  } catch (cause) {
    throw unable(codec, cause);
  }
  if (await canEncodeAudio(codec, settings)) return;
  throw new DannaError(
    "input",
    `${codec.toUpperCase()} files of ${sampleRate} Hz cannot be written here; the format wav24 takes any rate.`,
  );
}

const inNode = typeof process !== "undefined" && process.release?.name === "node";

async function startsBlobWorkers(): Promise<boolean> {
  if (inNode) return true;
  const url = URL.createObjectURL(new Blob(["postMessage(0)"], { type: "text/javascript" }));
  try {
    const worker = new Worker(url);
    const started = await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true);
      worker.onerror = () => resolve(false);
    });
    worker.terminate();
    return started;
  } catch {
    return false;
  } finally {
    URL.revokeObjectURL(url);
  }
}

const unable = (codec: string, cause?: unknown) =>
  new DannaError(
    "platform",
    `This browser, or this page's Content-Security-Policy (worker-src blob:), does not let ${codec.toUpperCase()} ` +
      "be encoded; save WAV files instead.",
    { cause },
  );
