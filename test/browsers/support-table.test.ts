// The README's support table against the results it is made from, and the checks against the table.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { format } from "oxfmt";
import { supportTable, withTable, type Results } from "./support-table.ts";

const results = JSON.parse(
  await readFile(path.join(import.meta.dirname, "results.json"), "utf8"),
) as Results;

test("the README's support table is that of the last results", async () => {
  const readme = await readFile("README.md", "utf8");
  const fresh = await format("README.md", withTable(readme, supportTable(results)));
  assert.equal(readme, fresh.code);
});

test("a text without the marks is refused", () => {
  assert.throws(() => withTable("# A text", "| |"), /support:begin/);
});
