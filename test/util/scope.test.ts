// What a scope undoes, and when. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Scope } from "../../src/util/scope.ts";

test("a scope undoes each thing once, in order, and can be used again", () => {
  const scope = new Scope();
  const undone: string[] = [];
  scope.add(
    () => undone.push("a"),
    () => undone.push("b"),
  );
  scope.end();
  scope.end();
  scope.add(() => undone.push("c"));
  scope.end();
  assert.deepEqual(undone, ["a", "b", "c"]);
});

test("what is added while a scope ends waits for its next end", () => {
  const scope = new Scope();
  const undone: string[] = [];
  scope.add(() => scope.add(() => undone.push("later")));
  scope.end();
  assert.deepEqual(undone, []);
  scope.end();
  assert.deepEqual(undone, ["later"]);
});

test("listeners hear events until the scope ends", () => {
  const scope = new Scope();
  const target = new EventTarget();
  let heard = 0;
  scope.listen(target, "change", () => heard++);
  target.dispatchEvent(new Event("change"));
  scope.end();
  target.dispatchEvent(new Event("change"));
  assert.equal(heard, 1);
});
