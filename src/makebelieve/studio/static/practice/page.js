// The practice of a lesson: an overview, and five exercises.
import { html, useEffect, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { write } from "../kit/stored.js";
import { Note } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { Overview } from "./overview.js";
import { SelfCheck } from "./self-check.js";
import { Sorting } from "./sorting.js";
import { Explain } from "./explain.js";
import { Cards } from "./cards.js";
import { Clinic } from "./clinic.js";
import { at, EXERCISES, PREFIX } from "./places.js";

const DRAWN = { "self-check": SelfCheck, sorting: Sorting, explain: Explain, cards: Cards, clinic: Clinic };

/** @type {Map<string, Promise<any>>} */
const lessons = new Map();

/** @param {string} id */
function lessonOf(id) {
  if (!lessons.has(id)) {
    const asked = get(`/api/lessons/${encodeURIComponent(id)}`);
    asked.catch(() => lessons.delete(id));
    lessons.set(id, asked);
  }
  return lessons.get(id);
}

/** @param {{parts: string[]}} props */
export function Practice({ parts: [name] }) {
  const [id] = useParam("lesson", "imagine");
  const [lesson, set] = useState(null);
  const [failed, fail] = useState(null);
  const [attempt, again] = useState(0);
  const [keeps] = useState(() => write(`${PREFIX}visited`, true));
  useEffect(() => {
    let here = true;
    set(null); fail(null);
    lessonOf(id).then((l) => here && set(l), (e) => here && fail(e));
    return () => { here = false; };
  }, [id, attempt]);
  useEffect(() => { document.title = `${EXERCISES.find((e) => e.id === name)?.name ?? "Practice"} · makebelieve`; }, [name]);

  if (failed) return html`<div class="column stack"><h1>Practice</h1><${Note} kind="failure" title="The lesson could not be read.">${failed.message}<//>
    <p><button type="button" onClick=${() => again(attempt + 1)}>Try again</button></p></div>`;
  if (!lesson) return html`<div class="column" aria-busy="true"></div>`;
  const forgets = !keeps && html`<div class="wide"><${Note} kind="warning" title="This browser keeps nothing.">Its storage is full or forbidden, so your progress lasts only as long as this page.<//></div>`;
  if (!name) return html`${forgets}<${Overview} lesson=${lesson} />`;
  const exercise = EXERCISES.find((e) => e.id === name);
  if (!exercise) return html`<div class="column"><h1>There is no such exercise</h1><p><a href=${at(lesson)}>All five are here.</a></p></div>`;
  return html`<div class=${`practice ${exercise.wide ? "wide" : "column"}`}>
    <nav class="way" aria-label="Where you are"><a href=${at(lesson)}>Practice</a> <span aria-hidden="true">/</span> <span aria-current="page">${exercise.name}</span></nav>${forgets}
    <${DRAWN[name]} lesson=${lesson} />
  </div>`;
}
