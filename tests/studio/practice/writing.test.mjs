import assert from "node:assert/strict";
import { test } from "node:test";
import { sentences, tidy as tidyText } from "../static/practice/explain-logic.js";
import { pack, unpack } from "../static/practice/keeping-logic.js";
import { isWritten, next, summary, tidy, verdict } from "../static/practice/self-check-logic.js";
import { questions } from "./content.mjs";

const attempt = (right, sure, at) => ({ text: "x", unknown: false, sure, points: [0, 1, 2].map((i) => i < right), at });

test("sentences are counted as a reader would", () => {
  for (const [text, n] of [["", 0], ["  ", 0], ["One", 1], ["One. Two! Three?", 3], ["It costs 3.5 nats. Yes.", 2], ["Judges, e.g. filters, sort.", 1], ["...", 0], ["A. B.\nC.", 3]]) {
    assert.equal(sentences(text), n, text);
  }
});

test("open questions come first, then sure errors, then the rest, then nothing", () => {
  let answers = tidy(null, questions);
  assert.equal(next(questions, answers).id, "a");
  answers = { a: [attempt(0, false, 1)], b: [attempt(0, true, 2)], c: [] };
  assert.equal(next(questions, answers).id, "c");
  answers.c = [attempt(3, true, 3)];
  assert.equal(next(questions, answers).id, "b");
  answers.b.push(attempt(2, true, 4));
  assert.equal(next(questions, answers).id, "a");
  answers.a.push(attempt(3, false, 5));
  assert.equal(next(questions, answers), null);
  assert.deepEqual(summary(questions, answers), { all: 3, open: 0, held: 3, confident: 0, part: 0 });
});

test("who was sure and wrong is told apart from who was unsure", () => {
  assert.equal(verdict(attempt(1, true, 0)), "confident");
  assert.equal(verdict(attempt(1, false, 0)), "part");
  assert.equal(verdict(attempt(2, true, 0)), "held");
});

test("a key pressed to get on is no answer", () => {
  for (const text of ["", "x", "......", "a b c", "two words"]) assert.equal(isWritten(text), false, text);
  for (const text of ["it draws borders", "sie lernt Gesichter"]) assert.equal(isWritten(text), true, text);
});

test("whatever was kept, something whole comes of it", () => {
  for (const kept of [null, 7, "x", [], { a: 1 }, { a: [null, 3, {}, { text: 1, points: [], at: 0 }] }]) {
    assert.deepEqual(tidy(kept, questions), { a: [], b: [], c: [] });
    assert.deepEqual(tidyText(kept, { rubric: ["p"] }), { text: "", tries: [] });
  }
});

test("saved progress comes back as it was", () => {
  const all = { "practice/imagine/explain": { text: "é\n“x”" }, theme: "dark" };
  assert.deepEqual(unpack(pack(all)), all);
});

test("a file that is none is refused with one sentence", () => {
  const file = (rest) => JSON.stringify({ format: "makebelieve-progress", version: 1, ...rest });
  for (const text of ["", "{", "[]", "null", "3", '"x"', "{}", file({ version: 2, progress: {} }), file({}), file({ progress: [] }), file({ progress: null }), file({ progress: { "../x": 1, constructor: 2 } })]) {
    assert.throws(() => unpack(text), (e) => e instanceof Error && /^[A-Z].*[.]$/.test(e.message) && e.message.split(". ").length === 1, text);
  }
});

test("a file cannot write outside the lesson's and the practice's places", () => {
  const text = '{"format":"makebelieve-progress","version":1,"progress":{"practice/a/b":1,"__proto__":{"x":1},"token":2,"practice/<b>":3}}';
  assert.deepEqual(Object.keys(unpack(text)), ["practice/a/b"]);
});
