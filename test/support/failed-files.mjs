// A reporter of `node --test`: the files of which a test failed, a line each, as often as one did. No TypeScript, as Node
// loads reporters before its loaders. Runs in Node.

/** @param {AsyncIterable<import("node:test/reporters").TestEvent>} events */
export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    if (type === "test:fail") yield `${data.file ?? data.name}\n`;
  }
}
