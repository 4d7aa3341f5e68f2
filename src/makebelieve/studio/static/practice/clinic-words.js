// What the clinic's numbers are called, for people. A number that has no words here is listed by its own name.

/** Curves that tell a story, by model; the others are left to the workshop. */
const CURVES = {
  vae: ["reconstruction", "kl"],
  autoencoder: ["reconstruction"],
  gan: ["ahead", "generator", "discriminator"],
  judge: ["accuracy", "cross_entropy"],
};

const CURVE_WORDS = {
  reconstruction: ["Error of the rebuilt picture", "lower is closer"],
  kl: ["What a code says", "0 means nothing"],
  ahead: ["How often the detective is right", "0.5 is a guess, 1 is always"],
  generator: ["The counterfeiter’s loss", "up and down is a contest; a drift away is a defeat"],
  discriminator: ["The detective’s loss", "near 0: it has nothing left to learn from"],
  accuracy: ["Right answers in training", "share, 1 is all"],
  cross_entropy: ["Surprise at the right answer", "lower is better"],
};

/** @param {string} model @param {Record<string, any>} curves @returns {string[]} */
export function curvesOf(model, curves) {
  const found = (CURVES[model] ?? []).filter((name) => name in curves);
  return found.length ? found : Object.keys(curves).slice(0, 2);
}

/** @param {string} name @returns {[string, string]} */
export const curveWords = (name) => CURVE_WORDS[name] ?? [name.replaceAll("_", " "), ""];

/** Beginning of a score's name → what it says, and what is good. */
const SCORES = [
  ["kl", "what a code says", "0 means nothing"],
  ["active-units", "numbers of the code in use", "more say more"],
  ["shuffle-gap", "price of somebody else’s code", "near 0: the code is ignored"],
  ["prior-hole", "samples against rebuilt pictures", "below 10; high: random codes land in holes"],
  ["precision", "samples that look like real ones", "share"],
  ["recall", "real ones that samples come near", "share; low: kinds are missing"],
  ["coverage", "real neighbourhoods with a sample in them", "share; low: few kinds"],
  ["spectrum-ratio", "fine detail, against real pictures", "near 1; below: blur"],
  ["checker-peak", "weave of the upsampling", "near 1; above: a chequered grid"],
  ["fd", "distance from real pictures", "lower is nearer"],
  ["accuracy", "right on pictures it never saw", "share"],
  ["calibration-error", "gap between sure and right", "below .05"],
  ["noise-confidence", "how sure it is of pure noise", "below .8"],
  ["shortcut-follows", "verdicts that follow one small patch", "below .2"],
];

/** @param {string} name @returns {{rank: number, words: string, good: string}} */
export function scoreWords(name) {
  const at = SCORES.findIndex(([start]) => name === start || name.startsWith(`${start}-random`) || name.startsWith(`${start}-judge`));
  return at < 0 ? { rank: Infinity, words: name, good: "" } : { rank: at, words: SCORES[at][1], good: SCORES[at][2] };
}

/** The pictures of a case: which they are, and how they are to be read. */
export const SHEETS = {
  samples: { maker: ["What it makes", "Thirty-two samples, drawn with the case’s seed."], judge: ["What it is asked about", "Pictures that it never saw in training."] },
  reconstructions: { maker: ["Rebuilt", "Above: pictures it never saw. Below: the same, squeezed and rebuilt."] },
  nearest: { maker: ["Is it new?", "Above: samples. Below each: the nearest training picture."] },
  history: { maker: ["On the way", "Each row the same eight codes, later in training from top to bottom."] },
};

/** @param {unknown} v */
export const short = (v) => (typeof v !== "number" || !Number.isFinite(v) ? "–" : Number.isInteger(v) ? String(v) : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : Math.abs(v) >= 0.01 || v === 0 ? v.toFixed(2) : v.toPrecision(1));
