import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, curve, healthyFor, step, summary, tidy } from "../static/practice/clinic-logic.js";
import { standing, suggested } from "../static/practice/standing.js";
import { questions, sorting } from "./content.mjs";

const one = (id, more = {}) => ({ id, model: "vae", source: "avatars", healthy: false, diagnosis: { options: [{}, {}, {}], answer: 1 }, treatment: { options: [{}, {}], answer: 0, predict: { options: ["a", "b"], answer: 1 } }, ...more });
const cases = [one("a"), one("b", { healthy: true }), one("c", { model: "gan" })];

test("a case is diagnosed, treated, foreseen, and then run", () => {
  const visit = tidy(null, cases).a;
  assert.equal(step(cases[0], visit), "diagnose");
  assert.equal(step(cases[0], { ...visit, tried: [0] }), "diagnose");
  assert.equal(step(cases[0], { ...visit, tried: [0, 1] }), "treat");
  assert.equal(step(cases[0], { ...visit, tried: [1], treated: [1, 0] }), "predict");
  assert.equal(step(cases[0], { ...visit, tried: [1], treated: [0], predicted: 0 }), "run");
});

test("a wrong prediction counts as solved, a wrong first look as such", () => {
  const visits = tidy({ a: { tried: [1], treated: [0], predicted: 0 }, c: { tried: [0, 1], treated: [0], predicted: 1 } }, cases);
  assert.deepEqual(summary(cases, visits), { all: 3, solved: 2, atOnce: 1, begun: 2 });
});

test("whatever was kept, something whole comes of it", () => {
  for (const kept of [null, 3, "x", [], { a: null }, { a: { tried: ["1", 9, -1, null], treated: 4, predicted: 7, option: {}, run: "x".repeat(900) } }]) {
    const visit = tidy(kept, cases).a;
    assert.deepEqual([visit.tried, visit.treated, visit.predicted, visit.run], [[], [], null, null]);
  }
  assert.deepEqual(tidy({}, [one("constructor")]).constructor.tried, []);
});

test("a case is held against a healthy run of the same model and data, never against itself", () => {
  assert.equal(healthyFor(cases[0], cases).id, "b");
  assert.equal(healthyFor(cases[1], cases), null);
  assert.equal(healthyFor(cases[2], cases), null);
});

test("curves and findings are read from what there is", () => {
  assert.deepEqual(curve([{ seen: 1, kl: 2 }, { seen: 2 }, null, { seen: 3, kl: NaN }, { seen: 4, kl: 0 }], "kl"), [[1, 2], [4, 0]]);
  const f = (code, verdict) => ({ code, verdict });
  assert.deepEqual(changes([f("A", "failure"), f("B", "fine")], [f("A", "fine"), f("C", "warning")]).map((c) => [c.code, c.before?.verdict, c.after?.verdict]), [["A", "failure", "fine"], ["C", undefined, "warning"]]);
});

test("the overview says what is next: what is due, then what was begun, then what is new", () => {
  const practice = { self_check: questions, sorting, explain: { rubric: ["p"] }, cards: [{ id: "k" }], clinic: cases };
  const ids = ["self-check", "sorting", "explain", "cards", "clinic"];
  const all = (found, now) => ids.map((id) => ({ id, ...standing(id, found[id], practice, now) }));
  assert.equal(suggested(all({}, 0)).id, "self-check");
  const then = Date.UTC(2026, 0, 5, 12);
  const found = { sorting: { placed: { kind: [{ item: "s1", given: "maker" }] } }, cards: [{ card: "k", at: then, right: true, sure: true }] };
  assert.equal(suggested(all(found, then)).id, "sorting");
  assert.equal(suggested(all(found, then + 86_400_000)).id, "cards");
  for (const junk of [3, "x", [], [null], { placed: 1 }]) assert.ok(ids.every((id) => standing(id, junk, practice, then).words));
});
