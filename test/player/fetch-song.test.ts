// Fetching a song: its bytes, progress, and one clear error for each way it can fail. Runs in Node.
import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { fetchSong } from "../../src/player/fetch-song.ts";
import { withListener } from "../support/listener.ts";

const SONG = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
const { signal } = new AbortController();

interface Progress {
  loaded: number;
  total: number;
}

async function fetched(origin: string): Promise<{ song: ArrayBuffer; progress: Progress[] }> {
  const progress: Progress[] = [];
  const song = await fetchSong(new URL("/song.mp3", origin), signal, (step) => progress.push(step));
  return { song: await song.arrayBuffer(), progress };
}

test("a song arrives whole, and progress ends at its length, whatever the server says of it", async () => {
  // What is stored uncompressed is longer than it was.
  const stored = gzipSync(SONG, { level: 0 });
  const answers: [OutgoingHttpHeaders, Buffer][] = [
    [{ "Content-Length": SONG.length }, SONG],
    [{}, SONG],
    [{ "Content-Encoding": "gzip", "Content-Length": stored.length }, stored],
  ];
  for (const [headers, body] of answers) {
    await withListener(
      (_, response) => response.writeHead(200, headers).end(body),
      async (origin) => {
        const { song, progress } = await fetched(origin);
        assert.deepEqual(Buffer.from(song), SONG);
        assert.deepEqual(progress.at(-1), { loaded: SONG.length, total: SONG.length });
        assert.ok(progress.every(({ loaded, total }) => loaded <= total));
      },
    );
  }
});

test("a song that is missing, has no server or breaks off is a fetch error that names it", async () => {
  const fails = (origin: string, message: RegExp) =>
    assert.rejects(fetched(origin), { name: "DannaError", code: "fetch", message });
  let gone = "";
  await withListener(
    (_, response) => response.writeHead(404).end(),
    async (origin) => {
      gone = origin;
      await fails(origin, /song\.mp3 cannot be read: the server says 404/);
    },
  );
  await fails(gone, /song\.mp3 cannot be read: is it there/);
  await withListener(
    (_, response) => {
      response.writeHead(200, { "Content-Length": SONG.length });
      response.write(SONG.subarray(0, 1000), () => response.destroy());
    },
    (origin) => fails(origin, /song\.mp3 broke off after \d+ bytes/),
  );
});

test("a stream without an end is refused with the way to play it; long songs and slow ones are not", async (t) => {
  const endless = {
    name: "DannaError",
    code: "input",
    message: /song\.mp3 does not end: .*for="…"/,
  };
  const MEGABYTE = Buffer.alloc(2 ** 20);
  // As fast as it is read.
  let sent = 0;
  await withListener(
    (_, response) => {
      const send = () => {
        while (!response.destroyed && response.write(MEGABYTE)) sent++;
      };
      response.on("drain", send);
      send();
    },
    (origin) => assert.rejects(fetched(origin), endless),
  );
  assert.ok(sent < 200, `${sent} MB were read`);
  // As fast as it plays: half a minute passes between two looks at the clock.
  const inPieces = (headers: OutgoingHttpHeaders, body: (origin: string) => Promise<void>) =>
    withListener((_, response) => {
      response.writeHead(200, headers);
      let left = 9;
      const send = () => {
        if (left-- > 0) response.write(Buffer.alloc(1000), () => setImmediate(send));
        else if ("Content-Length" in headers) response.end();
      };
      send();
    }, body);
  let now = 0;
  t.mock.method(performance, "now", () => (now += 30_000));
  await inPieces({}, (origin) => assert.rejects(fetched(origin), endless));
  // A slow network sends a song that says its length.
  await inPieces({ "Content-Length": 9000 }, async (origin) => {
    assert.equal((await fetched(origin)).song.byteLength, 9000);
  });
});

test("an abort rejects with the signal's reason, before and during the download", async () => {
  const reason = new Error("another song was chosen");
  await withListener(
    (_, response) => response.write(SONG.subarray(0, 1000)),
    async (origin) => {
      const url = new URL("/song.mp3", origin);
      const nothing = () => undefined;
      await assert.rejects(fetchSong(url, AbortSignal.abort(reason), nothing), reason);
      const controller = new AbortController();
      const pending = fetchSong(url, controller.signal, () => controller.abort(reason));
      await assert.rejects(pending, reason);
    },
  );
});

test("a song beside a page that was opened from a file: the error names a web server, not CORS", () =>
  assert.rejects(
    fetchSong(new URL("file:///music/song.mp3"), signal, () => undefined),
    ({ code, message }: Error & { code: string }) =>
      code === "fetch" && /open it through a web server/.test(message) && !/CORS/.test(message),
  ));
