// Decodes a song as the command does, in a worker; what cannot be read so, as the browser does. Page thread;
// loaded with the first song.
import type { KeptBlock } from "../dsp/kept-block.ts";
import { DannaError } from "../errors.ts";
import { decodeRecording } from "../index.ts";
import { PendingCalls } from "../split/workers/pending-calls.ts";
import { served } from "../split/page-models.ts";
import type { DecodeControl } from "../split/workers/song-decoder.ts";
import type { LeadControl } from "../split/workers/split-worker.ts";
import { transfer, wrap } from "../util/rpc.ts";
import { workerScript } from "../util/worker-script.ts";
import { REGION } from "./protocol.ts";
import { EXACT, songOf, songOfBuffer, type Song } from "./song.ts";

/**
 * A song's samples at the context's rate.
 * @param baseUrl folder of the built files
 * @throws DannaError "input" when neither can decode it; the signal's reason
 */
export async function decodeSong(
  file: Blob,
  context: BaseAudioContext,
  baseUrl: string | URL | undefined,
  signal: AbortSignal,
): Promise<Song> {
  const { sampleRate } = context;
  try {
    return songOf(await decodeInWorker(file, sampleRate, baseUrl, signal), sampleRate);
  } catch {
    // Browsers also play what is damaged, and formats of their own; what they refuse, they say.
    signal.throwIfAborted();
    return songOfBuffer(await decodeRecording(context, file));
  }
}

async function decodeInWorker(
  file: Blob,
  sampleRate: number,
  baseUrl: string | URL | undefined,
  signal: AbortSignal,
): Promise<KeptBlock[]> {
  const script = workerScript(served(baseUrl).worker);
  const worker = new Worker(script, { type: "module", name: "danna-sep decoder" });
  const { port1, port2 } = new MessageChannel();
  const calls = new PendingCalls();
  try {
    worker.onerror = (event) => {
      event.preventDefault();
      calls.fail(new DannaError("worker", event.message));
    };
    void wrap<LeadControl>(worker).decode(transfer(port2, [port2]));
    const decoder = wrap<DecodeControl>(port1);
    const name = file instanceof File ? file.name : "The recording";
    const settings = { sampleRate, block: REGION, exact: EXACT };
    await calls.guard(decoder.open(file, name, settings), signal);
    const blocks: KeptBlock[] = [];
    for (;;) {
      const block = await calls.guard(decoder.next(), signal);
      if (!block) return blocks;
      blocks.push(block);
    }
  } finally {
    worker.terminate();
    port1.close();
  }
}
