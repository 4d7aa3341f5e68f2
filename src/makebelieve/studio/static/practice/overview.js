// The five exercises at a glance: what is done, what comes back today, and one button to go on.
import { html } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { useStored } from "../kit/stored.js";
import { at, EXERCISES, kept } from "./places.js";
import { standing, suggested } from "./standing.js";
import { Keeping } from "./keeping.js";

/** @param {{lesson: any}} props */
export function Overview({ lesson }) {
  // One reading of what is kept for each exercise: a change in another window shows here, too.
  const found = Object.fromEntries(EXERCISES.map((e) => [e.id, useStored(kept(lesson, e.id), null)[0]]));
  const all = EXERCISES.map((e) => ({ ...e, ...standing(e.id, found[e.id], lesson.practice, Date.now()) }));
  const first = suggested(all);
  const others = useStudio().lessons.filter((l) => l.id !== lesson.id);
  const left = all.filter((e) => e.state !== "done").reduce((sum, e) => sum + e.minutes, 0);
  return html`<div class="wide practice">
    <header class="opening">
      <p class="tag">Practice</p>
      <h1>${lesson.title}: ${lesson.minutes_practice} minutes of practice</h1>
      <p class="prose lede">What you try to recall, you keep. Five short exercises, in any order; stop whenever you like, and go on where you were.</p>
      <p class="row">${first ? html`<a class="button" href=${at(lesson, first.id)}>${first.state === "new" ? "Begin" : "Go on"}: ${first.name}</a><span class="small">${first.why}</span>`
        : html`<span><strong>All done for today.</strong> <a href="/workshop">Try it on pictures of your own.</a></span>`}</p>
    </header>
    <ol class="exercises">${all.map((e) => html`<li key=${e.id} class=${`card ${e.state}`}>
      <a href=${at(lesson, e.id)}><h2>${e.name}</h2></a>
      <p>${e.about}</p>
      <p class="foot"><span class="small">about ${e.minutes} min</span><span class=${`standing ${e.state}`}>${e.state === "done" ? "✓ " : ""}${e.words}</span></p>
    </li>`)}</ol>
    <p class="small">${left ? `About ${left} minutes left.` : ""}</p>
    ${others.length > 0 && html`<p>Practice of other lessons: ${others.map((l, i) => html`${i ? ", " : ""}<a key=${l.id} href=${at(l)}>${l.title}</a>`)}.</p>`}
    <${Keeping} />
  </div>`;
}
