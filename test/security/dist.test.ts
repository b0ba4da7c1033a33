// The built files hold no code that makes code of a text, and the demo pages none in their markup.
// (What a policy stops while it runs: injection.test.ts.)
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import ts from "typescript";

async function files(...endings: string[]): Promise<string[]> {
  const all = await readdir("dist", { recursive: true });
  const found = all.filter((file) => endings.some((ending) => file.endsWith(ending)));
  assert.ok(found.length > 0, `no ${endings.join(", ")} in dist: npm run build`);
  return found.map((file) => path.join("dist", file)).sort();
}

/**
 * Emscripten's bindings, in the build of ONNX Runtime for WebGPU, can make glue code from the names of
 * C++ functions. No model and no page has a say in it.
 */
const KNOWN = ["dist/ort/ort-wasm-simd-threaded.asyncify.mjs: Function()"];

/** Calls that run a text, by what they are. */
function codeFromText(script: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const [first] = node.arguments ?? [];
      const callee = ts.isPropertyAccessExpression(node.expression)
        ? node.expression.name.text
        : ts.isIdentifier(node.expression)
          ? node.expression.text
          : "";
      const text = first && (ts.isStringLiteralLike(first) || ts.isTemplateExpression(first));
      if (["eval", "Function", "execScript"].includes(callee)) found.push(`${callee}()`);
      if (["setTimeout", "setInterval"].includes(callee) && text) found.push(`${callee}(text)`);
      if (["insertAdjacentHTML", "createContextualFragment", "parseFromString"].includes(callee)) {
        found.push(`${callee}()`);
      }
      const property = ts.isPropertyAccessExpression(node.expression) ? node.expression : undefined;
      const owner = property && ts.isIdentifier(property.expression) && property.expression.text;
      if (owner === "document" && /^write(ln)?$/.test(callee)) found.push("document.write()");
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("file.js", script, ts.ScriptTarget.Latest));
  return found;
}

test("the search finds what it is to find", () => {
  const script = `eval("1"); (0,window).eval(x); new Function("a", b); setTimeout("x()", 1);
    setTimeout(() => 1); document.write("<b>"); e.insertAdjacentHTML("beforeend", x);`;
  assert.deepEqual(codeFromText(script), [
    ...["eval()", "eval()", "Function()", "setTimeout(text)"],
    ...["document.write()", "insertAdjacentHTML()"],
  ]);
});

test("no built script makes code of a text", async () => {
  const found = [];
  for (const file of await files(".js", ".mjs")) {
    const calls = codeFromText(await readFile(file, "utf8"));
    found.push(...new Set(calls.map((call) => `${file}: ${call}`)));
  }
  assert.deepEqual(found, KNOWN);
});

test("markup is set only by Lit, through its Trusted Types policy", async () => {
  for (const file of await files(".js", ".mjs")) {
    const script = await readFile(file, "utf8");
    for (const [use] of script.matchAll(/.{0,60}\.(inner|outer)HTML\s*=[^=].{0,40}/g)) {
      assert.match(use, /createElement\("template"\);return \w+\.innerHTML=/, file);
    }
  }
});

test("pages have no code in their markup", async () => {
  for (const file of await files(".html")) {
    const page = await readFile(file, "utf8");
    assert.doesNotMatch(page, /<[^>]+\son\w+\s*=/i, file);
    assert.doesNotMatch(page, /javascript:/i, file);
    for (const [script] of page.matchAll(/<script\b[^>]*>[^<]*/gi)) {
      assert.match(script, /<script\b[^>]*\ssrc=[^>]*>\s*$/, file);
    }
  }
});
