// Where the learner is in each case of the clinic, and what stands beside what. Nothing here draws.

/**
 * @typedef {{tried: number[], sure: boolean | null, treated: number[], predicted: number | null, run: string | null, option: number | null, done: boolean}} Visit
 */

const index = (v, all) => Number.isInteger(v) && v >= 0 && v < all.length;
const indices = (v, all) => (Array.isArray(v) ? [...new Set(v.filter((i) => index(i, all)))] : []);
const name = (v) => (typeof v === "string" && v.length < 200 ? v : null);

/** @param {any} kept @param {any[]} cases @returns {Record<string, Visit>} */
export function tidy(kept, cases) {
  return Object.fromEntries(cases.map((c) => {
    const found = Object.hasOwn(Object(kept), c.id) ? kept[c.id] ?? {} : {};
    return [c.id, {
      tried: indices(found.tried, c.diagnosis.options), sure: typeof found.sure === "boolean" ? found.sure : null,
      treated: indices(found.treated, c.treatment.options),
      predicted: index(found.predicted, c.treatment.predict.options) ? found.predicted : null,
      option: index(found.option, c.treatment.options) ? found.option : null, run: name(found.run), done: Boolean(found.done),
    }];
  }));
}

/** @param {any} one @param {Visit} visit @returns {"diagnose" | "treat" | "predict" | "run"} */
export function step(one, visit) {
  if (!visit.tried.includes(one.diagnosis.answer)) return "diagnose";
  if (!visit.treated.includes(one.treatment.answer)) return "treat";
  if (visit.predicted === null) return "predict";
  return "run";
}

/** Told at the first try? @param {any} one @param {Visit} visit */
export const atOnce = (one, visit) => visit.tried[0] === one.diagnosis.answer;

/** @param {any[]} cases @param {Record<string, Visit>} visits */
export function summary(cases, visits) {
  const solved = cases.filter((c) => step(c, visits[c.id]) === "run");
  return { all: cases.length, solved: solved.length, atOnce: solved.filter((c) => atOnce(c, visits[c.id])).length, begun: cases.filter((c) => visits[c.id].tried.length).length };
}

/** A healthy recorded run of the same model and data, to hold a case against. @param {any} one @param {any[]} cases */
export const healthyFor = (one, cases) => cases.find((c) => c.healthy && c.id !== one.id && c.model === one.model && c.source === one.source) ?? null;

/** What a log's lines say of one quantity. @param {any[]} log @param {string} of @returns {[number, number][]} */
export const curve = (log, of) => log.filter((l) => Number.isFinite(l?.[of]) && Number.isFinite(l?.seen)).map((l) => [l.seen, l[of]]);

/** Verdicts before and after, of the rules that raised something on either side. @param {any[]} before @param {any[]} after */
export function changes(before, after) {
  const raised = (f) => f.verdict === "failure" || f.verdict === "warning";
  const codes = [...new Set([...before, ...after].filter(raised).map((f) => f.code))];
  return codes.map((code) => ({ code, before: before.find((f) => f.code === code) ?? null, after: after.find((f) => f.code === code) ?? null }));
}
