import assert from "node:assert/strict";
import { test } from "node:test";
import { binsOf, feedback, isMastered, itemsOf, mastery, next, PASSES, place, tidy, undo } from "../static/practice/sorting-logic.js";
import { chance } from "../static/practice/random.js";
import { sorting } from "./content.mjs";

const start = (seed) => tidy({ seed }, sorting);

/** Sort until nothing comes any more; `wrongly(item, n)` says whether the nth is misplaced. */
function sit(seed, pass, wrongly) {
  let state = { ...start(seed), pass };
  const shown = [];
  for (let item; (item = next(sorting, pass, state.placed[pass], seed)); ) {
    const bins = binsOf(sorting, pass).map((b) => b.id);
    const given = wrongly(item, shown.length) ? bins.find((b) => b !== item[pass]) : item[pass];
    shown.push(item);
    state = place(state, item, given);
  }
  return { state, shown };
}

for (const { id: pass } of PASSES) {
  test(`${pass}: who makes no mistake masters every bin soon, whatever the seed`, () => {
    for (let seed = 0; seed < 40; seed++) {
      const { state, shown } = sit(seed, pass, () => false);
      assert.ok(isMastered(sorting, pass, state.placed[pass]));
      assert.ok(shown.length <= itemsOf(sorting, pass).length, `${shown.length} placements`);
      assert.equal(new Set(shown.map((i) => i.id)).size, shown.length, "no system comes twice");
    }
  });

  test(`${pass}: never three in a row of one field or one answer while anything else is left`, () => {
    for (let seed = 0; seed < 40; seed++) {
      const { shown } = sit(seed, pass, (_, n) => chance(seed, n) < 0.3);
      for (let i = 2; i < Math.min(shown.length, 16); i++) {
        const three = shown.slice(i - 2, i + 1);
        assert.notEqual(new Set(three.map((x) => x.category)).size, 1);
        assert.notEqual(new Set(three.map((x) => x[pass])).size, 1);
      }
    }
  });

  test(`${pass}: it ends even for who is always wrong, and says what is open`, () => {
    const { state, shown } = sit(3, pass, () => true);
    assert.ok(shown.length <= 2 * itemsOf(sorting, pass).length);
    assert.ok(mastery(sorting, pass, state.placed[pass]).every((b) => !b.mastered && b.missed > 0));
  });
}

test("a miss comes back soon, as a system that was not shown before", () => {
  for (let seed = 0; seed < 40; seed++) {
    const { shown } = sit(seed, "kind", (_, n) => n === 2);
    const missed = shown[2];
    const back = shown.slice(3, 7).find((i) => i.kind === missed.kind);
    assert.ok(back && back.id !== missed.id);
  }
});

test("look-alikes stand side by side", () => {
  const { shown } = sit(5, "kind", () => false);
  const pairs = shown.filter((item, i) => i && (shown[i - 1].twin === item.id)).length;
  assert.ok(pairs >= 3);
});

test("an undone placement does not count when it is made again", () => {
  let state = start(1);
  const item = next(sorting, "kind", [], 1);
  state = undo(place(state, item, item.kind === "judge" ? "maker" : "judge"));
  assert.equal(next(sorting, "kind", state.placed.kind, 1), item, "the same system is asked again");
  state = place(tidy(JSON.parse(JSON.stringify(state)), sorting), item, item.kind);
  assert.ok(mastery(sorting, "kind", state.placed.kind).every((b) => !b.marks.length));
});

test("a wrong bin says what was missed, a right one what gave it away", () => {
  const item = sorting.items[0];
  assert.equal(feedback(item, "kind", "maker"), "not a maker");
  assert.equal(feedback(item, "kind", "both"), item.cue);
  assert.equal(feedback(item, "kind", "judge"), item.cue);
});

test("judges are not asked for a maker's design", () => {
  assert.ok(itemsOf(sorting, "design").every((i) => i.kind !== "judge"));
  assert.ok(!binsOf(sorting, "design").some((b) => b.id === "judge"));
});

test("whatever was kept, something whole comes of it", () => {
  for (const kept of [null, 3, "x", [], { placed: 5 }, { placed: { kind: [null, { item: "gone", given: "judge" }, { item: "s1", given: "nowhere" }] } }, { pass: "other", seed: "x", peeked: [{}], done: 1 }]) {
    const state = tidy(kept, sorting);
    assert.deepEqual(state.placed, { kind: [], design: [], failure: [] });
    assert.equal(state.pass, "kind");
    assert.ok(next(sorting, "kind", state.placed.kind, state.seed));
  }
});
