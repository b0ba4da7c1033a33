// The page's side of the worklet, with a port in place of one. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AudioThread } from "../../src/live/audio-thread.ts";
import type { FromProcessor, ToProcessor } from "../../src/live/protocol.ts";

const MODEL = { delay: 1024, hop: 512 };

async function connected(answer: (message: ToProcessor, port: MessagePort) => void) {
  const options = {
    kind: "shared",
    stems: 4,
    sampleRate: 44100,
    latency: 2000,
    longestLatency: 9000,
  } as const;
  const thread = new AudioThread(options);
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = ({ data }: MessageEvent<ToProcessor>) => answer(data, port2);
  await thread.first(MODEL).connect({ port: port1 } as unknown as AudioWorkletNode);
  return { thread, close: () => port2.close() };
}

test("answers go to those who asked, in their order", async () => {
  let position = 0;
  const { thread, close } = await connected((message, port) => {
    if (message.type === "stop") return;
    const answer: FromProcessor = { type: "position", position: (position += 128) };
    port.postMessage(answer);
  });
  const answers = await Promise.all([thread.position(), thread.join(MODEL), thread.position()]);
  const [first, { position: joined }, last] = answers;
  assert.deepEqual([first, joined, last], [128, 256, 384]);
  thread.close();
  close();
});

test("when it is closed nobody goes on waiting for an answer", async () => {
  const { thread, close } = await connected(() => {});
  const waiting = Promise.all([thread.position(), thread.join(MODEL)]);
  thread.close();
  await waiting;
  close();
});
