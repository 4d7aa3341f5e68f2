// Explain it in three sentences: one's own words first, then the points, then an example.
import { html, useState } from "../kit/html.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { Arrive, count, Points } from "./pieces.js";
import { at, kept } from "./places.js";
import { sentences, tidy } from "./explain-logic.js";

/** @param {{lesson: any}} props */
export function Explain({ lesson }) {
  const task = lesson.practice.explain;
  const [stored, store] = useStored(kept(lesson, "explain"), null);
  const { text, tries } = tidy(stored, task);
  const [step, go] = useState("write");
  const [points, tick] = useState([]);
  const n = sentences(text);
  const done = () => {
    store({ text, tries: [...tries, { text, at: Date.now(), points: task.rubric.map((_, i) => Boolean(points[i])) }] });
    go("example");
    say(`${points.filter(Boolean).length} of ${task.rubric.length} points. An example is shown.`);
  };
  return html`<article class="explain stack">
    <header class="head"><h1>Three sentences</h1>${tries.length > 0 && html`<p class="small">${count(tries.length, "try", "tries")}, ${tries.at(-1).points.filter(Boolean).length} of ${task.rubric.length} points in the last</p>`}</header>
    <p class="prose">${task.prompt}</p>
    <form class="stack" onSubmit=${(e) => { e.preventDefault(); if (n === 3) { tick([]); go("grade"); } }}>
      <label class="writing"><span>Your three sentences</span>
        <textarea rows="7" value=${text} readonly=${step === "grade"} aria-describedby="sentences" onInput=${(e) => { store({ text: e.currentTarget.value, tries }); if (step === "example") go("write"); }}></textarea></label>
      <p id="sentences" class="small counter" data-state=${n === 3 ? "right" : n > 3 ? "over" : ""}>${count(n, "sentence")} of three${n > 3 ? ": shorten it, that is the exercise" : n === 3 ? " ✓" : ""}. Your text is kept as you write.</p>
      ${step === "write" && html`<p><button disabled=${n !== 3}>Grade it</button></p>`}
    </form>
    ${step === "grade" && html`<${Arrive} class="stack">
      <${Points} legend="What does your explanation say?" points=${task.rubric} ticked=${points} onTick=${(i, on) => tick(task.rubric.map((_, k) => (k === i ? on : Boolean(points[k]))))} />
      <div class="row"><button type="button" onClick=${done}>That is my grade</button><button type="button" class="quiet" onClick=${() => go("write")}>Change the text first</button></div>
    <//>`}
    ${step === "example" && html`<${Arrive} class="stack">
      <h2 class="calm">One way to say it</h2><blockquote class="prose">${task.example}</blockquote>
      ${points.filter(Boolean).length < task.rubric.length && html`<p>What your text does not have yet:</p><ul>${task.rubric.filter((_, i) => !points[i]).map((r, i) => html`<li key=${i}>${r}</li>`)}</ul>`}
      <div class="row"><button type="button" class="quiet" onClick=${() => go("write")}>Improve mine</button><a class="button" href=${at(lesson, "cards")}>Go on: flashcards</a></div>
    <//>`}
    ${tries.length > 0 && step !== "grade" && html`<details><summary>Your earlier tries</summary><ol class="tries">${tries.map((t) => html`<li key=${t.at}><p class="own">${t.text}</p><p class="small">${t.points.filter(Boolean).length} of ${task.rubric.length} points</p></li>`)}</ol></details>`}
  </article>`;
}
