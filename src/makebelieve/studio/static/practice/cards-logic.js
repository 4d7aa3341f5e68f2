// When a card is asked again. The review log is the only thing kept; everything else is a replay of it.
// On a card's first day it returns until it is known; from the day after, FSRS decides, and counts each
// day's first review alone. Nothing here draws.
import { createEmptyCard, fsrs, Rating } from "../vendor/ts-fsrs.js";
import { shuffled } from "./random.js";

/**
 * @typedef {{id: string, front: string, back: string, section?: string, tags?: string[]}} Card
 * @typedef {{card: string, at: number, right: boolean, sure: boolean}} Review
 */

const HOUR = 3_600_000;
export const NEW_A_DAY = 10;
const BETWEEN = 3; // other cards before a missed one returns

// Days are counted, not minutes: the steps within a day are the retry queue's.
const planner = fsrs({ enable_short_term: false, enable_fuzz: false, request_retention: 0.9 });

/** The day of a moment, as a number that counts days; a day begins at four in the morning, when learners sleep. @param {number} at */
export function day(at) {
  const d = new Date(at - 4 * HOUR);
  return Math.round(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / (24 * HOUR));
}

/** Only what is a review, in order of time. @param {any} kept @returns {Review[]} */
export function tidy(kept) {
  if (!Array.isArray(kept)) return [];
  return kept.filter((r) => r && typeof r.card === "string" && r.card.length < 200 && Number.isFinite(r.at) && r.at > 0 && r.at < 8e15)
    .map((r) => ({ card: r.card, at: r.at, right: Boolean(r.right), sure: Boolean(r.sure) })).sort((a, b) => a.at - b.at);
}

/** Two logs as one; nothing twice, nothing lost. @param {Review[]} a @param {Review[]} b */
export function merged(a, b) {
  const known = new Map([...a, ...b].map((r) => [`${r.at} ${r.card}`, r]));
  return tidy([...known.values()]);
}

/** Known well enough for today? Recalled, and not by luck. @param {Review} r */
const settled = (r) => r.right && r.sure;

/**
 * What the log says of one card. `due`: the day on which it is next asked.
 * @param {Review[]} own its reviews in order of time
 */
export function standing(own) {
  const first = day(own[0].at);
  let card = createEmptyCard(new Date(own[0].at));
  let due = first + 1;
  let counted = first;
  for (const review of own) {
    const today = day(review.at);
    if (today === counted) continue;
    counted = today;
    card = planner.next(card, new Date(review.at), review.right ? Rating.Good : Rating.Again).card;
    due = Math.max(day(card.due.getTime()), today + 1);
  }
  return { first, due, last: own.at(-1), card };
}

/** @param {Review[]} log @returns {Map<string, Review[]>} */
function byCard(log) {
  const found = new Map();
  log.forEach((r) => (found.get(r.card) ?? found.set(r.card, []).get(r.card)).push(r));
  return found;
}

/**
 * What is to be asked today.
 * @param {Card[]} cards @param {Review[]} log @param {number} now @param {number} [more] new cards beyond the day's share
 */
export function plan(cards, log, now, more = 0) {
  const today = day(now);
  const reviews = byCard(log);
  const seen = cards.filter((c) => reviews.has(c.id)).map((c) => ({ c, ...standing(reviews.get(c.id)) }));
  const again = seen.filter((s) => day(s.last.at) === today && !settled(s.last)).sort((a, b) => a.last.at - b.last.at).map((s) => s.c);
  const due = seen.filter((s) => day(s.last.at) < today && s.due <= today).sort((a, b) => a.due - b.due || a.last.at - b.last.at).map((s) => s.c);
  const begun = seen.filter((s) => s.first === today).length;
  const unseen = shuffled(cards.filter((c) => !reviews.has(c.id)), today);
  const fresh = unseen.slice(0, Math.max(0, NEW_A_DAY + more - begun));
  const ahead = seen.map((s) => s.due).filter((d) => d > today).sort((a, b) => a - b);
  return { again, due, fresh, unseen: unseen.length, seen: seen.length, settled: seen.filter((s) => day(s.last.at) === today && settled(s.last)).length, ahead: ahead.map((d) => d - today) };
}

/** The card to ask next, or null for today. @param {Card[]} cards @param {Review[]} log @param {number} now @param {number} [more] @returns {Card | null} */
export function next(cards, log, now, more = 0) {
  const { again, due, fresh } = plan(cards, log, now, more);
  const since = (card) => log.length - 1 - log.findLastIndex((r) => r.card === card.id);
  const ripe = again.find((c) => since(c) >= BETWEEN);
  return ripe ?? due[0] ?? fresh[0] ?? again[0] ?? null;
}

/** In how many days how many cards return, in words' reach. @param {number[]} ahead */
export function forecast(ahead) {
  const counts = new Map();
  ahead.forEach((d) => counts.set(d, (counts.get(d) ?? 0) + 1));
  return [...counts];
}
