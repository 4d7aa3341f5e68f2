// Sentences are counted the way a reader would. Nothing here draws.

/** @param {string} text @returns {number} */
export function sentences(text) {
  const trimmed = text.trim();
  if (!trimmed) return 0;
  if (typeof Intl !== "undefined" && "Segmenter" in Intl) {
    // Abbreviations end no sentence: a full stop that is followed by a small letter or stands in "e.g." is not counted.
    const calm = trimmed.replace(/\b(e\.g|i\.e|etc|vs|cf)\./gi, (m) => m.replaceAll(".", ""));
    return [...new Intl.Segmenter("en", { granularity: "sentence" }).segment(calm)].filter((s) => /[\p{L}\p{N}]/u.test(s.segment)).length;
  }
  return trimmed.split(/[.!?…]+(?:\s|$)/).filter((s) => /[\p{L}\p{N}]/u.test(s)).length;
}

/** @param {any} kept @param {{rubric: string[]}} explain */
export function tidy(kept, explain) {
  const tries = Array.isArray(kept?.tries) ? kept.tries : [];
  return {
    text: typeof kept?.text === "string" ? kept.text : "",
    tries: tries.filter((t) => t && typeof t.text === "string" && Array.isArray(t.points) && Number.isFinite(t.at))
      .map((t) => ({ text: t.text, at: t.at, points: explain.rubric.map((_, i) => Boolean(t.points[i])) })),
  };
}
