// Chance that can be replayed: the same seed and step give the same number.

/** @param {number} seed @param {number} step @returns {number} in [0, 1) */
export function chance(seed, step) {
  let x = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((step | 0) + 1, 0x85ebca6b)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/** @template T @param {T[]} all @param {number} seed @param {number} [step] @returns {T[]} */
export function shuffled(all, seed, step = 0) {
  const out = [...all];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(chance(seed + step * 7919, i) * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

export const someSeed = () => Math.floor(Math.random() * 2 ** 31);
