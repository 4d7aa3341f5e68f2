// What pictures show, in words.

/** @param {string} label of the judge @param {string} column what it judges, such as glasses */
export const named = (label, column) =>
  label === "yes" ? `with ${column}` : label === "no" ? `without ${column}` : label;

/** @param {{label: string, confidence: number}} verdict @param {string} column */
export const said = (verdict, column) => `${named(verdict.label, column)}, ${Math.round(100 * verdict.confidence)} % sure`;

const PARTS = { glasses: "glasses", hat: "a hat", beard: "a beard", earrings: "earrings" };

/**
 * Describe a real face by its labels.
 * @param {Record<string, (string | null)[]> | undefined} labels @param {number} i
 */
export function described(labels, i) {
  if (!labels) return "a face";
  const worn = Object.keys(PARTS).filter((name) => labels[name]?.[i] === "yes").map((name) => PARTS[name]);
  const hair = labels.hair?.[i];
  const mouth = labels.mouth?.[i];
  const known = [hair && `${hair} hair`, ...worn, mouth && `a ${mouth === "neutral" ? "straight mouth" : mouth}`].filter(Boolean);
  return known.length ? `a face with ${list(known)}` : "a face";
}

/** @param {string[]} xs */
export const list = (xs) => (xs.length < 2 ? xs.join("") : `${xs.slice(0, -1).join(", ")} and ${xs[xs.length - 1]}`);
