// The ring: contract, wrap of the counters, losses, and two real threads at once. Runs in Node.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { PortReader, PortWriter } from "../../src/ring/port.ts";
import { createRing, RingReader, RingWriter } from "../../src/ring/ring.ts";

/** Positions just before the Int32 counter changes sign and before it wraps to zero. */
const NEAR_WRAP = [2 ** 31 - 300, 2 ** 32 - 300, 2 ** 33 - 300];

/** A sample that tells its position and channel, exact in float32. */
const sample = (position: number, channel: number) => (position % 2 ** 20) + channel / 8;

function block(position: number, channels: number, frames: number): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: frames }, (_, i) => sample(position + i, channel)),
  );
}

const empty = (channels: number, frames: number) =>
  Array.from({ length: channels }, () => new Float32Array(frames));

for (const start of [0, -512, ...NEAR_WRAP]) {
  test(`from position ${start}, every frame comes out once, at its own position`, () => {
    const memory = createRing(2, 1024, { start });
    const writer = new RingWriter(memory, start);
    const reader = new RingReader(memory);
    const out = empty(2, 96);
    let position = start;
    for (let i = 0; i < 40; i++) {
      writer.write(block(writer.position, 2, 128), 128);
      while (reader.available(position) >= 96) {
        assert.equal(reader.read(position, out, 96), "ok");
        assert.deepEqual(out, block(position, 2, 96));
        position += 96;
      }
      assert.equal(reader.read(position, out, 96), "early");
      assert.equal(reader.available(position), writer.position - position);
    }
    assert.equal(writer.position, start + 40 * 128);
  });

  test(`from position ${start}, a reader that lags too far is told so and is back on time`, () => {
    const memory = createRing(1, 1024, { start });
    const writer = new RingWriter(memory, start);
    const reader = new RingReader(memory);
    const out = empty(1, 128);
    for (let i = 0; i < 6; i++) writer.write(block(writer.position, 1, 128), 128);
    assert.equal(reader.read(start, out, 128), "ok", "three quarters behind is still whole");
    writer.write(block(writer.position, 1, 128), 128);
    assert.equal(reader.read(start, out, 128), "lost");
    assert.equal(reader.read(start + 128, out, 128), "ok");
    assert.deepEqual(out, block(start + 128, 1, 128));
  });

  test(`from position ${start}, skipped frames are silent and keep their time`, () => {
    const memory = createRing(1, 1024, { start });
    const writer = new RingWriter(memory, start);
    const reader = new RingReader(memory);
    const out = empty(1, 128);
    for (let i = 0; i < 9; i++) writer.write(block(writer.position, 1, 128), 128);
    writer.skip(200);
    writer.write(block(writer.position, 1, 128), 128);
    assert.equal(reader.read(start + 9 * 128 + 200, out, 128), "ok");
    assert.deepEqual(out, block(start + 9 * 128 + 200, 1, 128));
    assert.equal(reader.read(start + 9 * 128 + 50, out, 128), "ok");
    assert.deepEqual(out, empty(1, 128));
    const late = writer.position + 1e6;
    writer.skip(1e6);
    assert.equal(reader.available(late), 0);
    assert.equal(reader.read(late - 128, out, 128), "ok");
    assert.deepEqual(out, empty(1, 128));
  });
}

for (const start of [0, -512, ...NEAR_WRAP]) {
  test(`what lies before the first frame, ${start}, reads as silence`, () => {
    const memory = createRing(1, 1024, { start });
    const writer = new RingWriter(memory, start);
    const reader = new RingReader(memory);
    const out = [new Float32Array(128).fill(9)];
    assert.equal(reader.read(start - 256, out, 128), "ok");
    assert.deepEqual(out, empty(1, 128));
    assert.equal(reader.read(start - 64, out, 128), "early");
    writer.write(block(start, 1, 128), 128);
    assert.equal(reader.read(start - 64, out, 128), "ok");
    assert.deepEqual(out[0].subarray(0, 64), new Float32Array(64));
    assert.deepEqual(out[0].subarray(64), block(start, 1, 64)[0]);
  });
}

test("channels that the source lacks are silent", () => {
  const memory = createRing(2, 1024);
  const writer = new RingWriter(memory);
  writer.write(block(0, 2, 128), 128);
  writer.write(block(128, 1, 128), 128);
  writer.write([], 128);
  const out = empty(2, 128);
  const reader = new RingReader(memory);
  assert.equal(reader.read(128, out, 128), "ok");
  assert.deepEqual(out, [block(128, 1, 128)[0], new Float32Array(128)]);
});

test("a write touches its own frames and no others, a read its own part of the arrays", () => {
  const memory = createRing(2, 8);
  const writer = new RingWriter(memory);
  const ones = new Float32Array(8).fill(1);
  const left = () => new Float32Array(memory).filter((word) => word === 1).length;
  writer.write([ones, ones], 8);
  assert.equal(left(), 16);
  writer.write([new Float32Array(2).fill(2)], 2);
  assert.equal(left(), 12);
  writer.skip(2);
  assert.equal(left(), 8);
  const out = [new Float32Array(4).fill(9), new Float32Array(4).fill(9)];
  assert.equal(new RingReader(memory).read(8, out, 2, 1), "ok");
  assert.deepEqual(out, [new Float32Array([9, 2, 2, 9]), new Float32Array([9, 0, 0, 9])]);
  writer.skip(1000);
  assert.equal(left(), 0);
});

for (const start of [0, ...NEAR_WRAP]) {
  test(`from position ${start}, the write that brings the awaited frame wakes the reader, no other`, async (t) => {
    const notify = t.mock.method(Atomics, "notify");
    const block = t.mock.method(Atomics, "wait");
    const memory = createRing(1, 1024, { start });
    const writer = new RingWriter(memory, start);
    const reader = new RingReader(memory);
    const frames = new Float32Array(128);
    // The last of the awaited frames ends the second block; then it lies within the third.
    for (const awaited of [256, 300]) {
      let awake = false;
      const waiting = reader.wait(writer.position + awaited).then(() => (awake = true));
      const calls: number[] = [];
      for (let i = 0; i < 4; i++) {
        assert.equal(awake, calls.includes(1));
        notify.mock.resetCalls();
        writer.write([frames], 128);
        calls.push(notify.mock.callCount());
        // Woken by the write, not by time: nothing here lets time pass.
        if (calls[i] === 1) await waiting;
      }
      assert.deepEqual(calls, awaited === 256 ? [0, 1, 0, 0] : [0, 0, 1, 0]);
    }
    assert.equal(block.mock.callCount(), 0, "the thread is not blocked");
  });
}

test("without Atomics.waitAsync a wait blocks until its frames are there, or gives up for a while", async (t) => {
  const known = Object.getOwnPropertyDescriptor(Atomics, "waitAsync");
  assert.ok(known);
  // The module looks for it when it is loaded.
  const again = "../../src/ring/ring.ts?blocking";
  Reflect.deleteProperty(Atomics, "waitAsync");
  const blocking = (await import(again)) as { RingReader: typeof RingReader };
  Object.defineProperty(Atomics, "waitAsync", known);
  const memory = createRing(1, 1024);
  const writer = new RingWriter(memory);
  const reader = new blocking.RingReader(memory);
  await reader.wait(128);
  assert.equal(reader.available(128), -128);
  // Half of the frames wake nobody for good.
  const wait = t.mock.method(Atomics, "wait", () => {
    writer.write(block(writer.position, 1, 64), 64);
    return "ok";
  });
  await reader.wait(128);
  assert.equal(wait.mock.callCount(), 2);
  assert.equal(reader.available(128), 0);
});

test("over a port, too, where a block that came back holds what it held before", async () => {
  const { port1, port2 } = new MessageChannel();
  try {
    const writer = new PortWriter(port1 as never, 2, 128, 128);
    const reader = new PortReader(port2 as never, 2, 1024);
    const back = once(port1, "message");
    writer.write(block(0, 2, 128), 128);
    await back;
    writer.write(block(128, 1, 128), 128);
    await reader.wait(256);
    const out = empty(2, 128);
    assert.equal(reader.read(128, out, 128), "ok");
    assert.deepEqual(out, [block(128, 1, 128)[0], new Float32Array(128)]);
  } finally {
    port1.close();
  }
});

test("bad dimensions are refused", () => {
  assert.throws(() => createRing(0, 1024), /at least one channel/);
  for (const capacity of [1000, 1024.5, NaN, 2, 2 ** 29]) {
    assert.throws(() => createRing(2, capacity), /power of two/, String(capacity));
  }
  assert.ok(createRing(2, 4));
  // A GiB that nobody writes to takes no memory.
  assert.equal(createRing(1, 2 ** 28).byteLength, 2 ** 30 + 128);
});

/** Starts a thread that writes as fast as `done`, the frames read so far, allows. */
async function startWriter(start: number, blockFrames: number, blocks: number) {
  const capacity = 32 * blockFrames;
  const memory = createRing(2, capacity, { start });
  const done = new Int32Array(new SharedArrayBuffer(4));
  const script = new URL("./ring-writer.ts", import.meta.url).href;
  const worker = new Worker(
    `import("tsx/esm/api").then(({ register }) => (register(), import("${script}")))`,
    { eval: true, workerData: { memory, start, blockFrames, blocks, done } },
  );
  await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { reader: new RingReader(memory), done, stop: () => worker.terminate() };
}

test("two threads: nothing torn, nothing skipped, and the reader sleeps until it is woken", async () => {
  const start = 2 ** 32 - 5000;
  const frames = 128 * 3000;
  const { reader, done, stop } = await startWriter(start, 128, 3000);
  try {
    const out = empty(2, 512);
    // The wait never ends at all if a wake-up is missed: then the test's time runs out.
    for (let position = start; position + 512 <= start + frames; position += 512) {
      await reader.wait(position + 512);
      assert.equal(reader.read(position, out, 512), "ok");
      assert.deepEqual(out, block(position, 2, 512));
      Atomics.store(done, 0, position + 512 - start);
    }
  } finally {
    await stop();
  }
});

test("two threads: a counter never announces frames that are not there yet", async () => {
  const size = 16384;
  const { reader, done, stop } = await startWriter(0, size, 1000);
  try {
    const out = empty(2, 16);
    for (let position = 0; position < 1000 * size; position += size) {
      while (reader.available(position) < size);
      // The last frames of a long block, at once.
      assert.equal(reader.read(position + size - 16, out, 16), "ok");
      assert.deepEqual(out, block(position + size - 16, 2, 16));
      Atomics.store(done, 0, position + size);
    }
  } finally {
    await stop();
  }
});

for (const start of [0, ...NEAR_WRAP]) {
  test(`over a port from position ${start}: same frames, same positions, blocks come back`, async () => {
    const { port1, port2 } = new MessageChannel();
    try {
      // Blocks that no write ends with.
      const writer = new PortWriter(port1 as never, 2, 200, 2000, start);
      const reader = new PortReader(port2 as never, 2, 4096, start);
      const out = empty(2, 100);
      let position = start;
      for (let i = 0; i < 60; i++) {
        if (i === 20) writer.skip(77);
        for (let part = 0; part < 3; part++) {
          writer.write(block(writer.position, 2, 128), 128);
        }
        writer.flush();
        await reader.wait(writer.position);
        await new Promise(setImmediate);
        for (; reader.available(position) >= 100; position += 100) {
          assert.equal(reader.read(position, out, 100), "ok");
          const skipped = start + 20 * 384;
          for (let frame = 0; frame < 100; frame++) {
            const silent = position + frame >= skipped && position + frame < skipped + 77;
            out.forEach((plane, channel) => {
              const expected = silent ? 0 : sample(position + frame, channel);
              assert.equal(plane[frame], expected, `frame ${position + frame - start}`);
            });
          }
        }
      }
      assert.equal(writer.dropped, 0);
    } finally {
      port1.close();
    }
  });
}

test("over a port without SharedArrayBuffer: silence before the first frame, and blocks that move uncopied", async (t) => {
  const { port1, port2 } = new MessageChannel();
  const known = Object.getOwnPropertyDescriptor(globalThis, "SharedArrayBuffer")!;
  Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
  try {
    const posts = [port1, port2].map((port) => t.mock.method(port, "postMessage"));
    const start = NEAR_WRAP[1];
    const writer = new PortWriter(port1 as never, 1, 128, 512, start);
    const reader = new PortReader(port2 as never, 1, 2048, start);
    const out = [new Float32Array(128).fill(9)];
    assert.equal(reader.available(start), 0);
    assert.equal(reader.read(start - 128, out, 128), "ok");
    assert.deepEqual(out, empty(1, 128));
    const back = once(port1, "message");
    writer.write(block(start, 1, 128), 128);
    await back;
    for (const { mock } of posts) {
      const sent = mock.calls.map(({ arguments: [buffer] }) => buffer as ArrayBuffer);
      assert.deepEqual(
        sent.map(({ byteLength }) => byteLength),
        [0],
      );
    }
  } finally {
    Object.defineProperty(globalThis, "SharedArrayBuffer", known);
    port1.close();
  }
});

test("over a port to a frozen reader: what exceeds the capacity is dropped and counted, in time", async () => {
  const { port1, port2 } = new MessageChannel();
  try {
    const writer = new PortWriter(port1 as never, 1, 128, 512);
    // The sixth write is the one that finds no room for its end.
    for (let i = 0; i < 8; i++) writer.write(block(writer.position, 1, 96), 96);
    assert.equal(writer.dropped, 256);
    assert.equal(writer.position, 768);
    const back = once(port1, "message");
    const reader = new PortReader(port2 as never, 1, 2048);
    await reader.wait(512);
    await back;
    writer.write(block(writer.position, 1, 128), 128);
    await reader.wait(896);
    const out = empty(1, 128);
    reader.read(384, out, 128);
    assert.deepEqual(out, block(384, 1, 128));
    reader.read(640, out, 128);
    assert.deepEqual(out, empty(1, 128));
    reader.read(768, out, 128);
    assert.deepEqual(out, block(768, 1, 128));
  } finally {
    port1.close();
  }
});
