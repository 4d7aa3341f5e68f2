// The front page: what this is, what it takes, and real pictures from the first second.
import { html, useState } from "../kit/html.js";
import { post } from "../kit/api.js";
import { useStudio } from "../kit/live.js";
import { say } from "../kit/say.js";
import { read } from "../kit/stored.js";
import { Note, Progress, Prose, time } from "../kit/ui.js";
import { Wall } from "../figures/wall.js";
import { useLesson, useTitle } from "./load.js";

export function Front() {
  const { lesson, error } = useLesson("imagine");
  useTitle(lesson?.title ?? "makebelieve");
  if (error) return html`<div class="column"><${Note} kind="failure" title="The lesson could not be read.">${error}<//></div>`;
  if (!lesson) return html`<div class="column" aria-busy="true"></div>`;
  const at = lesson.sections.findIndex((s) => s.id === read(`reading/${lesson.id}`, null));
  const to = `/lesson/${lesson.id}${at > 0 ? `#${lesson.sections[at].id}` : ""}`;
  return html`<div class="front">
    <div class="hero wide">
      <div class="pitch">
        <p class="kicker"><span class="tag maker">Trained while you read</span></p>
        <h1>${lesson.title}</h1>
        <p class="promise">${lesson.promise}</p>
        <div class="row">
          <a class="button" href=${to}>${at > 0 ? `Go on: ${lesson.sections[at].title}` : "Start reading"}</a>
          <a class="button quiet" href="/practice">Practise</a>
          <a class="button quiet" href="/workshop">Workshop</a>
        </div>
        <ul class="facts">
          <li><b>${lesson.minutes_read} min</b> to read</li><li><b>${lesson.minutes_practice} min</b> to practise</li><li><b>${lesson.difficulty}</b></li>
        </ul>
      </div>
      <${Wall} names=${{ vae: "lesson-vae" }} />
    </div>
    <${Trainings} lesson=${lesson} />
    <div class="wide about">
      <section><h2>What you will learn</h2><ol class="outcomes">${lesson.outcomes.map((o, i) => html`<li key=${i}>${o}</li>`)}</ol></section>
      <section><h2>Where this fits</h2><${Prose} of=${lesson.fits} /></section>
      <section><h2>Before you start</h2><ul>${lesson.before.map((b, i) => html`<li key=${i}><${Prose} of=${b} as="span" /></li>`)}</ul></section>
    </div>
    <nav class="wide contents" aria-labelledby="contents"><h2 id="contents">Six sections, six figures to play with</h2>
      <ol>${lesson.sections.map((s, i) => html`<li key=${s.id}><a href=${`/lesson/${lesson.id}#${s.id}`}><span class="dot" aria-hidden="true">${i + 1}</span>${s.title}</a></li>`)}</ol>
    </nav>
  </div>`;
}

const WORDS = { waiting: "waiting for its turn", finished: "trained", failed: "could not be trained" };

/** The lesson's models, as they are trained. */
function Trainings({ lesson }) {
  const { training } = useStudio();
  const keys = Object.keys(lesson.runs).filter((key) => training[key]);
  if (!keys.length) return null;
  const done = keys.filter((key) => training[key].state === "finished").length;
  const idle = keys.some((key) => training[key].state === "waiting") && !keys.some((key) => training[key].state === "training");
  return html`<section class="wide trainings" aria-labelledby="trainings">
    <h2 id="trainings">${done === keys.length ? "Trained on this machine" : idle ? "To be trained on this machine" : "Being trained on this machine, right now"}</h2>
    ${idle && html`<${Begin} id=${lesson.id} />`}
    <ul>${keys.map((key) => {
      const t = training[key];
      const words = t.state === "training" ? `${Math.round(100 * t.share)} %${t.left ? `, about ${time(t.left)} left` : ""}` : WORDS[t.state] ?? t.state;
      return html`<li key=${key} class=${`is-${t.state}`}>${t.state === "finished" ? html`<p class="done"><span aria-hidden="true">✓</span> <b>${key}</b> ${words}</p>` : html`<${Progress} share=${t.share} label=${html`<b>${key}</b> ${words}`} />`}
        <p class="small">${t.state === "failed" ? t.why : lesson.runs[key].about}</p></li>`;
    })}</ul>
  </section>`;
}

/** Where nothing is under way: begin. @param {{id: string}} props */
function Begin({ id }) {
  const [why, set] = useState("");
  const begin = () => post(`/api/lessons/${id}/train`).then(() => { set(""); say("The training begins."); }, (e) => set(e.message));
  return html`<p class="row"><button type="button" class="maker" onClick=${begin}>Train them now</button> ${why && html`<span role="alert">${why}</span>`}</p>`;
}
