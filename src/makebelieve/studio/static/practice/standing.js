// How far each exercise is, in one line, from what is kept. Nothing here draws.
import * as selfCheck from "./self-check-logic.js";
import * as sorting from "./sorting-logic.js";
import * as explain from "./explain-logic.js";
import * as cards from "./cards-logic.js";
import * as clinic from "./clinic-logic.js";

/** @typedef {{state: "new" | "begun" | "due" | "done", words: string, why: string}} Standing */

const NEW = { state: "new", words: "not yet begun", why: "not yet tried" };

/** @type {Record<string, (kept: any, practice: any, now: number) => Standing>} */
const LOOK = {
  "self-check": (kept, { self_check: questions }) => {
    const { all, open, held, confident, part } = selfCheck.summary(questions, selfCheck.tidy(kept, questions));
    if (open === all) return NEW;
    if (open) return { state: "begun", words: `${all - open} of ${all} answered`, why: `${open} questions are open` };
    if (confident + part) return { state: "due", words: `${held} of ${all} hold; ${confident + part} come back`, why: confident ? "something you were sure of comes back" : "some answers come back" };
    return { state: "done", words: `all ${all} hold`, why: "" };
  },
  sorting: (kept, { sorting: content }) => {
    const state = sorting.tidy(kept, content);
    const placed = Object.values(state.placed).reduce((sum, p) => sum + p.length, 0);
    if (!placed) return NEW;
    const done = sorting.PASSES.filter((p) => sorting.isMastered(content, p.id, state.placed[p.id])).length;
    if (done === sorting.PASSES.length) return { state: "done", words: `all ${done} passes mastered`, why: "" };
    return { state: "begun", words: `${done} of ${sorting.PASSES.length} passes mastered, ${placed} placed`, why: "you stopped in the middle" };
  },
  cards: (kept, { cards: deck }, now) => {
    const log = cards.tidy(kept);
    if (!log.length) return NEW;
    const { due, again, fresh, seen, ahead } = cards.plan(deck, log, now);
    const back = due.length + again.length;
    if (back) return { state: "due", words: `${back} due today`, why: `${back} ${back === 1 ? "card is" : "cards are"} due today` };
    if (fresh.length) return { state: "begun", words: `${seen} of ${deck.length} met, ${fresh.length} new today`, why: `${fresh.length} new cards for today` };
    return { state: "done", words: `done for today${ahead.length ? `, more ${ahead[0] === 1 ? "tomorrow" : `in ${ahead[0]} days`}` : ""}`, why: "" };
  },
  clinic: (kept, { clinic: cases }) => {
    const { all, solved, begun } = clinic.summary(cases, clinic.tidy(kept, cases));
    if (!begun) return NEW;
    // Two cases are a sitting's share; the others are there for whoever wants more.
    if (solved >= Math.min(2, all)) return { state: "done", words: `${solved} of ${all} solved`, why: "" };
    return { state: "begun", words: `${solved} of ${all} solved`, why: "a case is waiting" };
  },
  explain: (kept, { explain: task }) => {
    const { text, tries } = explain.tidy(kept, task);
    if (tries.length) return { state: "done", words: `${tries.at(-1).points.filter(Boolean).length} of ${task.rubric.length} points`, why: "" };
    return text.trim() ? { state: "begun", words: "a draft is kept", why: "your draft is waiting" } : NEW;
  },
};

/** @param {string} id @param {any} kept @param {any} practice @param {number} now @returns {Standing} */
export const standing = (id, kept, practice, now) => LOOK[id]?.(kept, practice, now) ?? NEW;

/** What to go on with: what is due, then what was begun, then what is new. @template {Standing} T @param {T[]} all */
export const suggested = (all) => ["due", "begun", "new"].map((state) => all.find((e) => e.state === state)).find(Boolean) ?? null;
