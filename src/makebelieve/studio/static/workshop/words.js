// How the workshop says things: models, states, scores, numbers and commands.

/** Model → what it is called, whose colour it wears, and what it will give. */
export const MODELS = {
  judge: { name: "judge", side: "judge", gives: "Says what a picture is, and how surely. It needs labels, and it makes nothing." },
  autoencoder: { name: "autoencoder", side: "maker", gives: "Squeezes each picture into a short code and rebuilds it. Good for comparing and compressing; what it makes from random codes is often nonsense." },
  vae: { name: "VAE", side: "maker", gives: "Makes new pictures from a smooth map of codes: slide, morph, edit. Trains calmly; fine detail comes out soft." },
  gan: { name: "GAN", side: "maker", gives: "Makes the sharpest new pictures, out of a contest of two networks. It cannot be handed a picture to encode, and it may forget whole kinds of picture." },
};

/** @param {string} model */
export const nameOf = (model) => MODELS[model]?.name ?? model;
/** @param {string} model */
export const sideOf = (model) => MODELS[model]?.side ?? "";

/** State → mark and words; the mark is never the only sign. */
export const STATES = {
  queued: ["○", "waiting for its turn", ""],
  running: ["●", "training", "maker"],
  finished: ["✓", "finished", "good"],
  paused: ["‖", "paused", ""],
  interrupted: ["■", "stopped, can go on", ""],
  stopped: ["‖", "cut short, can go on", "warning"],
  failed: ["✕", "failed", "failure"],
  unreadable: ["✕", "cannot be read", "failure"],
};

/** Model → the score that stands for it, and whether more is better. */
const HEADLINES = { judge: ["accuracy", true], autoencoder: ["reconstruction", false], vae: ["negative_elbo", false], gan: ["ahead", null] };

const SCORES = {
  accuracy: "accuracy",
  cross_entropy: "surprise at the right answer (cross-entropy)",
  reconstruction: "error of the rebuilt picture",
  negative_elbo: "whole cost of a picture (negative ELBO)",
  kl: "length of the code in nats (KL)",
  ahead: "detective tells real from fake",
  logit_real: "detective's score of real ones",
  logit_fake: "detective's score of made ones",
  penalty: "penalty that keeps the contest stable",
  augment_p: "how often the detective's pictures are altered",
};
/** @param {string} name */
export const scoreWords = (name) => SCORES[name] ?? name.replaceAll("_", " ");

/** @param {any} run @returns {{name: string, value: number} | null} */
export function headline(run) {
  const [name] = HEADLINES[run.model] ?? [];
  const found = name in (run.result ?? {}) ? name : Object.keys(run.result ?? {})[0];
  return found ? { name: found, value: run.result[found] } : null;
}

const whole = new Intl.NumberFormat("en-GB");
/** @param {number | null | undefined} n */
export const count = (n) => (n == null ? "–" : whole.format(n));

/** @param {unknown} value */
export function short(value) {
  if (value == null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return Array.isArray(value) ? value.join(", ") : String(value);
  if (Number.isInteger(value)) return count(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** @param {string} name @param {number | null | undefined} value */
export const scoreValue = (name, value) =>
  value == null ? "–" : ["accuracy", "ahead"].includes(name) ? `${(100 * value).toFixed(1)} %` : short(value);

/** @param {number | null | undefined} seconds */
export function clock(seconds) {
  if (seconds == null) return "–";
  const s = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** @param {number | null | undefined} seconds */
export const left = (seconds) =>
  seconds == null ? "" : seconds < 90 ? `about ${Math.max(1, Math.round(seconds))} s left` : `about ${Math.round(seconds / 60)} min left`;

/** @param {string} text */
export const quoted = (text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/**
 * The command that does the same in a terminal, as `makebelieve.recipe.command` writes it.
 * @param {string} model @param {string} source @param {Record<string, string>} settings what was typed, by path
 * @param {{path: string, option: string}[]} keys
 */
export function command(model, source, settings, keys) {
  const words = keys.filter((k) => settings[k.path]).map((k) => (settings[k.path] === "true" ? k.option : `${k.option} ${quoted(settings[k.path])}`));
  return ["makebelieve train", model, quoted(source), ...words].join(" ");
}

/** @param {any} shape @param {string} kind */
export function shapeWords(shape, kind) {
  if (kind === "points") return "points in the plane";
  if (!shape?.length) return "";
  const [c, h, w] = shape.length === 3 ? shape : [1, ...shape];
  return `${h} × ${w} pixels, ${c === 1 ? "grey" : "colour"}`;
}

/** A clause as a sentence. @param {string | null | undefined} text */
export const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}` : "");
