// Which system comes next and what is mastered: both follow from the placements so far, so that a
// reload, an undo and a test all see the same. Nothing here draws.
import { chance, shuffled } from "./random.js";

/**
 * @typedef {{id: string, name: string, about: string, category: string, kind: string, design: string, failure: string,
 *   cue: string, wrong: Record<string, string>, show: {path: string} | null, twin: string | null}} Item
 * @typedef {{item: string, given: string, seen?: boolean}} Placement `seen`: its answer had been shown before
 * @typedef {{id: string, name: string, about: string}} Bin
 * @typedef {{designs: any[], failures: any[], items: Item[]}} Sorting
 */

/** Mastered: of a bin's last `last` systems at most `misses` were misplaced, and the newest one was not. */
export const PASSES = /** @type {const} */ ([
  { id: "kind", title: "Judge or maker?", short: "Kind", question: "What is it?", last: 4, misses: 1 },
  { id: "design", title: "Which design?", short: "Design", question: "How is it most likely built?", last: 3, misses: 1 },
  { id: "failure", title: "Which failure?", short: "Failure", question: "Which failure would you look for first?", last: 2, misses: 0 },
]);

const KINDS = [
  { id: "judge", name: "Judge", about: "takes something in, and says what it is" },
  { id: "maker", name: "Maker", about: "brings forth something new" },
  { id: "both", name: "Both", about: "one of each, working together" },
];

/** @param {Sorting} sorting @param {string} pass @returns {Item[]} */
export function itemsOf(sorting, pass) {
  return pass === "design" ? sorting.items.filter((i) => i.design !== "judge") : sorting.items;
}

/** @param {Sorting} sorting @param {string} pass @returns {Bin[]} */
export function binsOf(sorting, pass) {
  const bins = pass === "kind" ? KINDS : pass === "design"
    ? sorting.designs.map((d) => ({ id: d.id, name: d.name, about: d.cue }))
    : sorting.failures.map((f) => ({ id: f.id, name: f.name, about: f.about }));
  const used = new Set(itemsOf(sorting, pass).map((i) => i[pass]));
  return bins.filter((b) => used.has(b.id));
}

/** What was kept, made whole: whatever does not belong is left out. @param {any} kept @param {Sorting} sorting */
export function tidy(kept, sorting) {
  const state = { seed: Number.isInteger(kept?.seed) ? kept.seed : 1, pass: "kind", done: [], peeked: [], placed: {} };
  for (const { id } of PASSES) {
    const items = new Set(itemsOf(sorting, id).map((i) => i.id));
    const bins = new Set(binsOf(sorting, id).map((b) => b.id));
    const found = Array.isArray(kept?.placed?.[id]) ? kept.placed[id] : [];
    state.placed[id] = found.filter((p) => items.has(p?.item) && bins.has(p?.given)).slice(-400);
    if (Array.isArray(kept?.done) && kept.done.includes(id)) state.done.push(id);
    if (kept?.pass === id) state.pass = id;
    if (Array.isArray(kept?.peeked)) state.peeked.push(...[...items].map((i) => `${id}:${i}`).filter((k) => kept.peeked.includes(k)));
  }
  return state;
}

/**
 * How far each bin is. @param {Sorting} sorting @param {string} pass @param {Placement[]} placed
 * @returns {{id: string, name: string, about: string, need: number, marks: boolean[], mastered: boolean, missed: number}[]}
 */
export function mastery(sorting, pass, placed) {
  const rule = PASSES.find((p) => p.id === pass);
  const items = new Map(itemsOf(sorting, pass).map((i) => [i.id, i]));
  const counted = placed.filter((p) => !p.seen);
  return binsOf(sorting, pass).map((bin) => {
    const own = [...items.values()].filter((i) => i[pass] === bin.id).length;
    const need = Math.min(rule.last, own);
    const all = counted.filter((p) => items.get(p.item)[pass] === bin.id).map((p) => p.given === bin.id);
    const marks = all.slice(-need);
    const misses = marks.filter((m) => !m).length;
    const mastered = marks.length === need && misses <= Math.min(rule.misses, need - 1) && marks[need - 1];
    return { ...bin, need, marks, mastered, missed: all.filter((m) => !m).length };
  });
}

/** @param {Sorting} sorting @param {string} pass @param {Placement[]} placed */
export const isMastered = (sorting, pass, placed) => mastery(sorting, pass, placed).every((b) => b.mastered);

/** Does `item` make three in a row, of one answer or of one field of life? */
function third(item, pass, before) {
  const [a, b] = before.slice(-2);
  return Boolean(a && b) && ((a[pass] === b[pass] && b[pass] === item[pass]) || (a.category === b.category && b.category === item.category));
}

/** Bins whose last miss has not been followed by another system of the same bin; the oldest first. */
function debts(pass, placed, items) {
  const owed = new Map();
  placed.forEach((p, at) => {
    const bin = items.get(p.item)[pass];
    owed.delete(bin);
    if (p.given !== bin) owed.set(bin, at);
  });
  return [...owed].filter(([, at]) => placed.length - at >= 2).map(([bin]) => bin);
}

/**
 * The system to place next, or null when every bin is mastered (or nothing is left to ask).
 * A look-alike follows at once; a miss is followed, two places on, by a *new* system of the same bin.
 * @param {Sorting} sorting @param {string} pass @param {Placement[]} placed @param {number} seed @returns {Item | null}
 */
export function next(sorting, pass, placed, seed) {
  const all = itemsOf(sorting, pass);
  const state = mastery(sorting, pass, placed);
  if (state.every((b) => b.mastered) || placed.length >= 2 * all.length) return null;
  const items = new Map(all.map((i) => [i.id, i]));
  const before = placed.map((p) => items.get(p.item));
  const shown = new Map(placed.map((p, at) => [p.item, at]));
  const fits = (i) => i && !third(i, pass, before);
  const fresh = shuffled(all.filter((i) => !shown.has(i.id)), seed, placed.length);
  const last = before.at(-1);

  const twin = last && fresh.find((i) => i.id === last.twin || i.twin === last.id);
  if (fits(twin)) return twin;

  const old = all.filter((i) => shown.has(i.id) && placed.length - shown.get(i.id) > 5).sort((a, b) => shown.get(a.id) - shown.get(b.id));
  const wanted = [...debts(pass, placed, items), ...wants(state, seed, placed.length)];
  for (const pool of [fresh, old]) {
    for (const bin of wanted) {
      const found = pool.find((i) => i[pass] === bin && fits(i));
      if (found) return found;
    }
    // Something of a mastered bin in between is better than three in a row.
    const between = pool.find(fits);
    if (between) return between;
  }
  const rest = all.filter((i) => i !== last);
  return rest[Math.floor(chance(seed, placed.length) * rest.length)] ?? null;
}

/** Bins in the order in which they are wanted; now and then a mastered one, or the rest could be guessed. */
function wants(state, seed, step) {
  const open = state.filter((b) => !b.mastered);
  const lack = (b) => b.need - b.marks.filter(Boolean).length;
  const ordered = open.map((b, i) => [lack(b) + chance(seed, 31 * step + i) * 2, b.id]).sort((a, b) => b[0] - a[0]).map(([, id]) => id);
  const closed = state.filter((b) => b.mastered).map((b) => b.id);
  return chance(seed, step) < 0.2 ? [...shuffled(closed, seed, step), ...ordered] : ordered;
}

/** @param {Item} item @param {string} pass @param {string} given @returns {string} what the wrong bin missed, or the cue */
export const feedback = (item, pass, given) => (item[pass] === given ? item.cue : item.wrong?.[`${pass}:${given}`] ?? item.cue);

/** Take the last placement back; its answer was shown, so the second try does not count. @param {any} state */
export function undo(state) {
  const placed = state.placed[state.pass];
  if (!placed.length) return state;
  const peeked = [...state.peeked, `${state.pass}:${placed.at(-1).item}`];
  return { ...state, peeked, placed: { ...state.placed, [state.pass]: placed.slice(0, -1) } };
}

/** @param {any} state @param {Item} item @param {string} given */
export function place(state, item, given) {
  const placement = { item: item.id, given, ...(state.peeked.includes(`${state.pass}:${item.id}`) ? { seen: true } : {}) };
  return { ...state, placed: { ...state.placed, [state.pass]: [...state.placed[state.pass], placement] } };
}
