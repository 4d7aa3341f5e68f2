import assert from "node:assert/strict";
import { test } from "node:test";
import { day, merged, NEW_A_DAY, next, plan, standing, tidy } from "../static/practice/cards-logic.js";
import { read, tidyCards, toJson, toText, toTsv } from "../static/practice/decks.js";
import { cardsOf, kindOf } from "../static/practice/own-runs-logic.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = new Date(2026, 0, 5, 10).getTime();
const cards = Array.from({ length: 25 }, (_, i) => ({ id: `c${i}`, front: `<p>What is ${i}?</p>`, back: `<p>It is ${i}.</p>`, tags: ["a b"] }));

/** Learn for one sitting; `how(card, times)` gives right and sure. */
function sit(log, now, how) {
  const times = new Map();
  const asked = [];
  let at = now;
  for (let card; (card = next(cards, log, at)) && asked.length < 200; at += 20_000) {
    const n = (times.get(card.id) ?? 0) + 1;
    times.set(card.id, n);
    asked.push(card.id);
    log = [...log, { card: card.id, at, ...how(card, n) }];
  }
  return { log, asked };
}
const good = () => ({ right: true, sure: true });

test("the first day: ten new cards, each until it is known", () => {
  const { asked } = sit([], START, good);
  assert.equal(asked.length, NEW_A_DAY);
  assert.equal(new Set(asked).size, NEW_A_DAY);
});

test("what was missed, or only guessed, returns in the same sitting, after others", () => {
  for (const first of [{ right: false, sure: true }, { right: true, sure: false }]) {
    const { asked } = sit([], START, (c, n) => (n === 1 ? first : good()));
    assert.equal(asked.length, 2 * NEW_A_DAY);
    asked.forEach((id, i) => { const again = asked.indexOf(id, i + 1); if (again > 0 && i < 12) assert.ok(again - i > 3, `${id} after ${again - i}`); });
  }
});

test("the day after, all of them are due, once; then FSRS spreads them out", () => {
  let { log } = sit([], START, good);
  const second = sit(log, START + DAY, good);
  assert.equal(new Set(second.asked).size, second.asked.length);
  assert.equal(plan(cards, log, START + DAY).due.length, NEW_A_DAY);
  const { due } = standing(second.log.filter((r) => r.card === second.asked[0]));
  assert.ok(due - day(START) >= 3, `due after ${due - day(START)} days`);
  assert.equal(plan(cards, second.log, START + DAY + HOUR).due.length, 0);
});

test("only the first review of a day counts", () => {
  const once = [{ card: "c", at: START, ...good() }, { card: "c", at: START + DAY, right: false, sure: true }];
  const many = [...once, { card: "c", at: START + DAY + 60_000, ...good() }, { card: "c", at: START + DAY + 120_000, ...good() }];
  assert.deepEqual(standing(many).card, standing(once).card);
  assert.equal(standing(once).card.reps, 1);
});

test("a lapse brings a card back sooner than a success", () => {
  const days = [0, 1, 4].map((d) => ({ card: "c", at: START + d * DAY, ...good() }));
  const lapsed = [...days, { card: "c", at: START + 12 * DAY, right: false, sure: false }];
  const kept = [...days, { card: "c", at: START + 12 * DAY, ...good() }];
  assert.ok(standing(lapsed).due < standing(kept).due);
});

test("a day begins at four in the morning", () => {
  const night = new Date(2026, 0, 6, 1).getTime();
  assert.equal(day(night), day(START));
  assert.equal(day(new Date(2026, 0, 6, 5).getTime()), day(START) + 1);
});

test("logs come together without loss and without doubles", () => {
  const a = [{ card: "x", at: 2, ...good() }, { card: "x", at: 1, ...good() }];
  assert.deepEqual(merged(a, tidy(a)).map((r) => r.at), [1, 2]);
  assert.equal(merged(a, [{ card: "y", at: 2, ...good() }]).length, 3);
});

test("whatever was kept, a log comes of it", () => {
  for (const kept of [null, 1, "x", {}, [null, 2, {}, { card: 1, at: 1 }, { card: "x", at: "1" }, { card: "x", at: NaN }, { card: "x", at: 1e300 }]]) assert.deepEqual(tidy(kept), []);
  assert.deepEqual(tidyCards([null, { id: 1 }, "x"]), []);
});

test("a deck goes to JSON and back", () => {
  const log = [{ card: "c1", at: START, ...good() }];
  const text = toJson({ id: "l", title: "L" }, [...cards, { id: "own:1", front: "a < b & c", back: "d", tags: ["t"] }], log);
  const found = read(text, new Set(cards.map((c) => c.id)));
  assert.equal(found.cards.length, 1);
  assert.deepEqual(found.log, log);
});

test("a deck goes to Anki's text and back", () => {
  const odd = [{ id: "1", front: 'Say "yes", or\t#no?', back: "<p>Two<br>lines &amp; a <a href=\"/lesson/x\">link</a></p>", tags: ["a b", "c"] }, { id: "2", front: "#first", back: "b", tags: [] }];
  const text = toTsv({ title: "L" }, [...cards, ...odd]);
  assert.match(text, /^#separator:tab\n#html:true\n/);
  assert.ok(text.split("\n").slice(5).every((line) => !line.startsWith("#")));
  assert.ok(!text.includes("href"));
  const found = read(text, new Set()).cards;
  assert.equal(found.length, 27);
  assert.equal(found[25].front, 'Say "yes", or #no?');
  assert.equal(found[25].back, "Two\nlines & a link");
  assert.deepEqual(found[25].tags, ["a-b", "c"]);
  assert.equal(found[26].front, "#first");
});

test("other separators and quoted line ends are read", () => {
  const found = read('#separator:Semicolon\nfront;"a ""b""\nc";tag\nx;y;\n', new Set()).cards;
  assert.deepEqual(found.map((c) => [c.front, c.back]), [["front", 'a "b"\nc'], ["x", "y"]]);
});

test("a hostile deck is text, and nothing but text", () => {
  const found = read("<img src=x onerror=alert(1)>a\t<script>alert(1)</script>b&#60;i&#62;\n", new Set()).cards[0];
  assert.deepEqual([found.front, found.back], ["a", "b<i>"]);
  assert.equal(toText("<script>x"), "");
});

test("a broken deck is refused with one clear sentence", () => {
  const json = (rest) => JSON.stringify({ format: "makebelieve-cards", version: 1, ...rest });
  const broken = ["", "  \n", "\0\0PK", "{", "[1]", "{}", json({ version: 9, cards: [] }), json({}), json({ cards: [null] }), json({ cards: [{ front: 1, back: "x" }] }), json({ cards: [{ front: "a", back: " " }] }),
    json({ cards: [{ front: "a".repeat(5_000), back: "b" }] }), "one column only\n", "a\tb\nc\n", "a\t<b></b>\n", '"never closed\tb\n', "#separator:banana\na\tb", Array.from({ length: 5_001 }, (_, i) => `q${i}\ta`).join("\n")];
  for (const text of broken) assert.throws(() => read(text, new Set()), (e) => e.constructor === Error && /^[A-Z][^\n]*\.$/.test(e.message), text.slice(0, 40));
});

test("the kind of a run is what its gravest visible finding says", () => {
  const f = (code, verdict) => ({ code, verdict, sentence: code });
  assert.equal(kindOf([f("S1", "fine"), f("S4", "fine")]).kind, "healthy");
  assert.equal(kindOf([f("S4", "warning"), f("S1", "failure")]).kind, "collapsed");
  assert.equal(kindOf([f("T2", "failure"), f("S1", "cannot-tell")]).kind, "unfinished");
  assert.equal(kindOf([f("C3", "failure")]).kind, null);
  assert.equal(kindOf(undefined).kind, null);
  assert.equal(kindOf([f("S1", "cannot-tell")]).kind, null);
  const made = cardsOf([{ run: "a", kind: "blurry" }, { run: "b", kind: "blurry" }, { run: "c", kind: "healthy" }]);
  assert.deepEqual(made.map((c) => [c.id, c.of.length]), [["run:healthy", 1], ["run:blurry", 2]]);
});
