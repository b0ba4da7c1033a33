// Fetching a model: progress, and one clear error for each way it can fail.
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { fetchModel } from "../../src/model/fetch.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import { fetchUnpacked } from "../../src/model/unpack.ts";
import { withListener } from "../support/listener.ts";
import { fixtureBytes, fixtureJson } from "../support/models.ts";

const withServer = (listener: RequestListener, body: (url: string) => Promise<void>) =>
  withListener(listener, (origin) => body(`${origin}/models/recurrent.json`));

const manifest = await fixtureJson("recurrent");
const bytes = await fixtureBytes("recurrent");
const serve =
  (file: (...args: Parameters<RequestListener>) => void): RequestListener =>
  (request, response) =>
    request.url === "/models/recurrent.json"
      ? response.end(JSON.stringify(manifest))
      : file(request, response);

test("manifest and file arrive whole, the manifest first, with progress", async () => {
  const early: unknown[] = [];
  await withServer(
    serve((request, response) => {
      assert.equal(request.url, "/models/recurrent.onnx");
      assert.equal(early.length, 1, "the manifest is known before the file is asked for");
      response.end(bytes);
    }),
    async (url) => {
      const progress: number[] = [];
      const model = await fetchModel(url, {
        onManifest: (manifest) => early.push(manifest),
        onProgress: ({ loaded, total }) => {
          assert.equal(total, bytes.length);
          progress.push(loaded);
        },
      });
      assert.deepEqual(model.manifest, loadManifest(manifest));
      assert.deepEqual(early, [model.manifest]);
      assert.deepEqual(model.bytes, bytes);
      assert.equal(progress[0], 0);
      assert.equal(progress.at(-1), bytes.length);
      assert.deepEqual(
        [...progress].sort((a, b) => a - b),
        progress,
      );
    },
  );
});

const rejects = (url: string, code: string, message: RegExp) =>
  assert.rejects(fetchModel(url), { name: "DannaError", code, message });

test("a missing file, a server that is not there and a broken connection are fetch errors", async () => {
  let unreachable = "";
  await withServer(
    serve((_, response) => response.writeHead(404).end()),
    async (url) => {
      unreachable = url;
      await rejects(url, "fetch", /recurrent\.onnx could not be fetched: status 404/);
    },
  );
  await rejects(unreachable, "fetch", /recurrent\.json could not be fetched/);
  await withServer(
    serve((_, response) => {
      response.writeHead(200, { "Content-Length": bytes.length });
      response.write(bytes.subarray(0, 1000), () => response.destroy());
    }),
    (url) => rejects(url, "fetch", /recurrent\.onnx could not be fetched: the connection broke/),
  );
});

test("a file that is shorter or longer than stated is a model error", async () => {
  await withServer(
    serve((_, response) => response.end(bytes.subarray(0, 1000))),
    (url) => rejects(url, "model", /ended after 1000 of the \d+ bytes/),
  );
  await withServer(
    serve((_, response) => response.end(Buffer.concat([bytes, bytes]))),
    (url) => rejects(url, "model", /longer than the \d+ bytes/),
  );
});

test("a manifest that is not JSON, or endless, is a manifest error", async () => {
  await withServer(
    (_, response) => response.end("<!doctype html>"),
    (url) => rejects(url, "manifest", /not a model manifest/),
  );
  await withServer(
    (_, response) => response.end(Buffer.alloc(2 ** 21, " ")),
    (url) => rejects(url, "manifest", /longer than/),
  );
});

test("an abort rejects with the signal's reason, before and during the download", async () => {
  const reason = new Error("changed my mind");
  await withServer(
    serve((_, response) => response.write(bytes.subarray(0, 1000))),
    async (url) => {
      await assert.rejects(fetchModel(url, { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const pending = fetchModel(url, {
        signal: controller.signal,
        onProgress: ({ loaded }) => loaded > 0 && controller.abort(reason),
      });
      await assert.rejects(pending, reason);
    },
  );
});

test("a broken download goes on where it ended, or anew where the server has no ranges", async () => {
  for (const ranges of [true, false]) {
    const asked: (string | undefined)[] = [];
    await withServer(
      serve((request, response) => {
        asked.push(request.headers.range);
        if (asked.length === 1) {
          response.writeHead(200, { "Content-Length": bytes.length });
          response.write(bytes.subarray(0, 1000), () => response.destroy());
        } else if (ranges) {
          response.writeHead(206).end(bytes.subarray(1000));
        } else {
          response.end(bytes);
        }
      }),
      async (url) => {
        const progress: number[] = [];
        const model = await fetchModel(url, { onProgress: ({ loaded }) => progress.push(loaded) });
        assert.deepEqual(model.bytes, bytes);
        assert.deepEqual(asked, [undefined, "bytes=1000-"]);
        assert.equal(progress.at(-1), bytes.length);
      },
    );
  }
});

test("a packed model arrives unpacked, also where its download broke or its server unpacks it", async () => {
  const packed = gzipSync(bytes);
  const half = packed.length >> 1;
  let asked: (string | undefined)[] = [];
  const answers: Record<string, RequestListener> = {
    whole: (_, response) => response.end(packed),
    "as an encoding": (_, response) =>
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed),
    broken: (request, response) => {
      asked.push(request.headers.range);
      if (asked.length > 1) return response.writeHead(206).end(packed.subarray(half));
      response.writeHead(200, { "Content-Length": packed.length });
      return response.write(packed.subarray(0, half), () => response.destroy());
    },
  };
  for (const [name, answer] of Object.entries(answers)) {
    asked = [];
    await withServer(serve(answer), async (url) => {
      const fileUrl = new URL("recurrent.onnx.gz", url);
      const model = await fetchModel(url, { fileUrl });
      assert.deepEqual(model.bytes, bytes, name);
    });
    assert.deepEqual(asked, name === "broken" ? [undefined, `bytes=${half}-`] : []);
  }
  const failures: [RequestListener, string, RegExp][] = [
    [(_, response) => response.end(packed.subarray(0, half)), "fetch", /damaged/],
    [(_, response) => response.end(gzipSync(bytes.subarray(1))), "model", /ended after/],
    [(_, response) => response.end(gzipSync(Buffer.alloc(10 * bytes.length))), "model", /longer/],
    [(_, response) => response.writeHead(404).end(), "fetch", /status 404/],
  ];
  for (const [answer, code, message] of failures) {
    await withServer(serve(answer), (url) =>
      assert.rejects(fetchModel(url, { fileUrl: new URL("recurrent.onnx.gz", url) }), {
        name: "DannaError",
        code,
        message,
      }),
    );
  }
});

test("a packed file arrives unpacked, whatever its server says of it; what fails is a fetch error", async () => {
  const packed = gzipSync(bytes);
  const answers: Record<string, RequestListener> = {
    "as a file": (_, response) => response.end(packed),
    "as an encoding": (_, response) =>
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed),
    "not packed": (_, response) => response.end(bytes),
  };
  for (const [name, answer] of Object.entries(answers)) {
    await withListener(answer, async (url) => {
      const got = new Uint8Array(await fetchUnpacked(`${url}/packed.gz`));
      assert.deepEqual(got, new Uint8Array(bytes), name);
    });
  }
  const failures: [RequestListener, RegExp][] = [
    [(_, response) => response.writeHead(404).end(), /packed\.gz could not be fetched: status 404/],
    [(_, response) => response.end(packed.subarray(0, 100)), /packed\.gz .* damaged/],
    [
      (_, response) => {
        response.writeHead(200, { "Content-Length": packed.length }).write(packed.subarray(0, 100));
        setImmediate(() => response.destroy());
      },
      /packed\.gz could not be fetched/,
    ],
  ];
  for (const [answer, message] of failures) {
    await withListener(answer, (url) =>
      assert.rejects(fetchUnpacked(`${url}/packed.gz`), { code: "fetch", message }),
    );
  }
});
