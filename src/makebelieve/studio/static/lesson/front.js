// The front page: what this is, what it takes, and real pictures from the first second.
import { html } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { read } from "../kit/stored.js";
import { Begin, isIdle, Note, Progress, progress, Prose, time } from "../kit/ui.js";
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

/** The lesson's models, as they are trained; the recorded contests count as one. */
function Trainings({ lesson }) {
  const { training, known } = useStudio();
  const keys = Object.keys(lesson.runs);
  const all = Object.values(training);
  const left = all.filter((t) => t.state !== "finished").length;
  const idle = isIdle(training);
  return html`<section class="wide trainings" aria-labelledby="trainings" aria-busy=${!known}>
    <h2 id="trainings">${!known || !left ? "Trained on this machine" : idle ? "To be trained on this machine" : "Being trained on this machine, right now"}</h2>
    ${idle ? html`<${Begin} id=${lesson.id} />` : left > 0 && html`<p class="lead">Nothing has to wait: start reading, and each figure appears as soon as its models are trained${soon(training[keys[0]])}.</p>`}
    <ul>${keys.map((key) => html`<${Model} key=${key} name=${key} about=${lesson.runs[key].about} t=${training[key]} words=${training[key] && progress(training, key)} />`)}
      <${Contests} of=${Object.keys(training).filter((key) => !lesson.runs[key]).map((key) => training[key])} /></ul>
  </section>`;
}

/** @param {{left: number | null, state: string} | undefined} first */
const soon = (first) => (first?.state === "training" && first.left ? `, the first in about ${time(first.left)}` : "");

function Model({ name, about, t = { state: "unknown", share: 0 }, words }) {
  const said = { finished: html`<span class="tick" aria-hidden="true">✓</span> trained`, failed: "could not be trained", unknown: "" }[t.state] ?? words;
  return html`<li class=${`is-${t.state}`}><${Progress} share=${t.share} label=${html`<b>${name}</b> ${said}`} /><p class="small">${t.state === "failed" ? t.why : about}</p></li>`;
}

function Contests({ of }) {
  const done = of.filter((t) => t.state === "finished").length;
  const t = { state: of.length && done === of.length ? "finished" : of.find((c) => c.state === "failed") ? "failed" : "waiting", share: of.reduce((sum, c) => sum + c.share, 0) / (of.length || 1), why: of.find((c) => c.why)?.why };
  return html`<${Model} name="contests" about="counterfeiter against detective, recorded turn by turn" t=${t} words=${of.length ? `${done} of ${of.length} recorded` : ""} />`;
}
