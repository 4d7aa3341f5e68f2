// Where things lie on a map of codes: pure arithmetic, no drawing.

/**
 * @typedef {{x: [number, number], y: [number, number]}} Frame what a map shows, in units of the code
 */

/** @param {[number, number][]} extent @returns {Frame} */
export const frame = ([x, y]) => ({ x, y });

/** From a code to 0..1 across and down. @param {Frame} f @param {number[]} z @returns {[number, number]} */
export const toShare = (f, [x, y]) => [(x - f.x[0]) / (f.x[1] - f.x[0]), 1 - (y - f.y[0]) / (f.y[1] - f.y[0])];

/** @param {Frame} f @param {number[]} share @returns {[number, number]} */
export const toCode = (f, [u, v]) => [f.x[0] + u * (f.x[1] - f.x[0]), f.y[0] + (1 - v) * (f.y[1] - f.y[0])];

/** The middle of each cell of an n by n grid, row by row from the top left. @param {Frame} f @param {number} n */
export const grid = (f, n) =>
  Array.from({ length: n * n }, (_, i) => toCode(f, [((i % n) + 0.5) / n, (Math.floor(i / n) + 0.5) / n]));

/** How far the nearest other place is, for the middle one of all places: what "near" means on this map. @param {[number, number][]} shares */
export function usual(shares) {
  const away = shares.map((a, i) => Math.min(...shares.map((b, j) => (i === j ? Infinity : Math.hypot(a[0] - b[0], a[1] - b[1])))));
  return away.sort((a, b) => a - b)[Math.floor(0.9 * away.length)] || 0.02;
}

/** @param {[number, number][]} shares @param {[number, number]} at @returns {{i: number, away: number}} */
export function closest(shares, [u, v]) {
  let i = -1;
  let away = Infinity;
  shares.forEach(([x, y], k) => { const d = Math.hypot(x - u, y - v); if (d < away) { away = d; i = k; } });
  return { i, away };
}

/** Two numbers drawn from the bell curve. @param {() => number} [random] @returns {[number, number]} */
export function dart(random = Math.random) {
  const r = Math.sqrt(-2 * Math.log(1 - random()));
  const turn = 2 * Math.PI * random();
  return [r * Math.cos(turn), r * Math.sin(turn)];
}
