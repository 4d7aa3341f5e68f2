// The five exercises: what they are called, how long they take, where they are and where they are kept.

/** @typedef {{id: string, name: string, minutes: number, about: string, wide?: boolean}} Exercise */

/** @type {Exercise[]} */
export const EXERCISES = [
  { id: "self-check", name: "Self-check", minutes: 3, about: "Answer in your own words, then hold your answer against a good one." },
  { id: "sorting", name: "Sorting", minutes: 4, wide: true, about: "Everyday systems: judge or maker, which design, and what is likely to go wrong." },
  { id: "explain", name: "Three sentences", minutes: 2, about: "Explain it to somebody who was not here." },
  { id: "cards", name: "Flashcards", minutes: 3, about: "A few a day, just before you would forget them." },
  { id: "clinic", name: "Clinic", minutes: 3, wide: true, about: "A recorded training, sick or healthy: diagnose, treat, compare." },
];

/** The address of an exercise, or of the overview. @param {{id: string}} lesson @param {string} [exercise] */
export const at = (lesson, exercise) => `/practice${exercise ? `/${exercise}` : ""}${lesson.id === "imagine" ? "" : `?lesson=${encodeURIComponent(lesson.id)}`}`;

/** Under which name an exercise is kept in this browser. @param {{id: string}} lesson @param {string} exercise */
export const kept = (lesson, exercise) => `practice/${lesson.id}/${exercise}`;

export const PREFIX = "practice/";
