// From the findings of a run to the one word that its samples should bring to mind. Nothing here draws.

/** What can be seen in samples, and the rules that say so, the most telling first. */
export const KINDS = {
  healthy: { name: "healthy", codes: [] },
  collapsed: { name: "collapsed: a few kinds again and again", codes: ["S1", "S2"] },
  blurry: { name: "blurry: detail averaged away", codes: ["S4"] },
  chequered: { name: "chequered: the upsampling shows", codes: ["S5"] },
  unfinished: { name: "unfinished: stopped while it was still improving", codes: ["T2"] },
  holes: { name: "holes: codes that mean nothing", codes: ["C4"] },
};

const BAD = ["failure", "warning"];

/** @param {{code: string, verdict: string, sentence: string}[]} findings @returns {{kind: string | null, sentence: string}} */
export function kindOf(findings) {
  if (!Array.isArray(findings) || !findings.some((f) => f.verdict !== "cannot-tell")) return { kind: null, sentence: "" };
  const bad = findings.filter((f) => BAD.includes(f.verdict)).sort((a, b) => BAD.indexOf(a.verdict) - BAD.indexOf(b.verdict));
  for (const finding of bad) {
    const kind = Object.keys(KINDS).find((k) => KINDS[k].codes.includes(finding.code));
    if (kind) return { kind, sentence: finding.sentence };
  }
  // Sick in a way that samples do not show: no fair question.
  return bad.length ? { kind: null, sentence: "" } : { kind: "healthy", sentence: "Nothing was found wrong with it." };
}

/** One card a kind that at least one own run shows. @param {{run: string, kind: string, sentence: string}[]} found */
export function cardsOf(found) {
  return Object.keys(KINDS).map((kind) => ({ kind, of: found.filter((f) => f.kind === kind) })).filter((k) => k.of.length)
    .map(({ kind, of }) => ({ id: `run:${kind}`, front: "", back: KINDS[kind].name, tags: ["own-runs"], kind, of }));
}
