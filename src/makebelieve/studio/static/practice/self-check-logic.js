// What a learner's own grading means: what holds, what comes back, and in which order. Nothing here draws.

/**
 * @typedef {{id: string, question: string, points: string[], model_answer: string}} Question
 * @typedef {{text: string, unknown: boolean, sure: boolean, points: boolean[], at: number}} Attempt
 */

/** @param {any} kept @param {Question[]} questions @returns {Record<string, Attempt[]>} */
export function tidy(kept, questions) {
  /** @type {Record<string, Attempt[]>} */
  const out = {};
  for (const q of questions) {
    const found = Array.isArray(kept?.[q.id]) ? kept[q.id] : [];
    out[q.id] = found.filter((a) => a && typeof a.text === "string" && Array.isArray(a.points) && Number.isFinite(a.at))
      .map((a) => ({ text: a.text, unknown: Boolean(a.unknown), sure: Boolean(a.sure), points: q.points.map((_, i) => Boolean(a.points[i])), at: a.at }));
  }
  return out;
}

/** @param {Attempt} attempt */
export const share = (attempt) => (attempt.points.length ? attempt.points.filter(Boolean).length / attempt.points.length : 1);

/**
 * "held": two thirds of the points, or more; "confident": was sure and named fewer; "part": unsure and named fewer.
 * @param {Attempt | undefined} attempt @returns {"open" | "held" | "confident" | "part"}
 */
export function verdict(attempt) {
  if (!attempt) return "open";
  if (share(attempt) >= 2 / 3 - 1e-9) return "held";
  return attempt.sure ? "confident" : "part";
}

/**
 * The question to ask next: unanswered ones in order; then what came out wrong, confident errors first,
 * the one that waited longest first. Null when all hold.
 * @param {Question[]} questions @param {Record<string, Attempt[]>} answers @returns {Question | null}
 */
export function next(questions, answers) {
  const latest = (q) => answers[q.id]?.at(-1);
  const open = questions.find((q) => !latest(q));
  if (open) return open;
  const rank = { confident: 0, part: 1 };
  const back = questions.filter((q) => verdict(latest(q)) in rank);
  back.sort((a, b) => rank[verdict(latest(a))] - rank[verdict(latest(b))] || latest(a).at - latest(b).at);
  return back[0] ?? null;
}

/** @param {Question[]} questions @param {Record<string, Attempt[]>} answers */
export function summary(questions, answers) {
  const verdicts = questions.map((q) => verdict(answers[q.id]?.at(-1)));
  const count = (v) => verdicts.filter((x) => x === v).length;
  return { all: questions.length, open: count("open"), held: count("held"), confident: count("confident"), part: count("part") };
}

/** @param {string} text at least a few words, not only a key pressed to get on */
export const isWritten = (text) => (text.match(/\p{L}{2,}/gu) ?? []).length >= 3;
