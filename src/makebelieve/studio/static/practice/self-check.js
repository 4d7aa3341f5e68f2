// Open questions: written (or owned up to) before the model answer opens, graded by the learner.
import { html, useEffect, useState } from "../kit/html.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { Choice, Prose } from "../kit/ui.js";
import { Arrive, count, Points } from "./pieces.js";
import { at, kept } from "./places.js";
import { isWritten, next, share, summary, tidy, verdict } from "./self-check-logic.js";

const FRESH = { text: "", sure: null, unknown: false, open: false, points: [] };

const SAID = {
  held: (n, of) => `${n} of ${of} points: this holds.`,
  confident: (n, of) => `You were sure, and named ${n} of ${of} points. Such surprises stay in mind: the question comes back at the end.`,
  part: (n, of) => `${n} of ${of} points. The question comes back at the end.`,
};

/** @param {{lesson: any}} props */
export function SelfCheck({ lesson }) {
  const questions = lesson.practice.self_check;
  const [stored, store] = useStored(kept(lesson, "self-check"), {});
  const [draft, keep] = useStored(kept(lesson, "self-check-draft"), null);
  const answers = tidy(stored, questions);
  const [chosen, choose] = useState(null);
  const [after, end] = useState(null);
  const draft_ = questions.some((q) => q.id === draft?.id) ? draft : null;
  const question = questions.find((q) => q.id === (after ?? chosen ?? draft_?.id)) ?? next(questions, answers);
  const own = { ...FRESH, ...(draft_?.id === question?.id ? draft_ : {}) };
  const { all, open, held } = summary(questions, answers);

  if (!question) return html`<${Finished} lesson=${lesson} questions=${questions} answers=${answers} onAgain=${(id) => choose(id)} />`;

  const change = (part) => keep({ ...own, ...part, id: question.id });
  const grade = () => {
    const attempt = { text: own.text, unknown: own.unknown, sure: Boolean(own.sure), points: question.points.map((_, i) => Boolean(own.points[i])), at: Date.now() };
    store({ ...answers, [question.id]: [...answers[question.id], attempt] });
    keep(null); choose(null); end(question.id);
    say(SAID[verdict(attempt)](attempt.points.filter(Boolean).length, attempt.points.length));
  };
  const earlier = answers[question.id].at(-1);
  const number = questions.indexOf(question) + 1;
  return html`<article class="self-check stack" key=${question.id}>
    <header class="head"><h1>Self-check</h1><p class="small">${held} of ${all} hold${open ? `, ${open} open` : ""}</p></header>
    ${after ? html`<${Graded} question=${question} attempt=${earlier} onNext=${() => end(null)} last=${!next(questions, answers)} />` : html`
      <${Arrive} as="div" class="question" on=${Boolean(chosen || earlier || open < all)}>
        <p class="small">Question ${number} of ${all}${earlier ? html` <span class="tag">comes back</span>` : ""}</p>
        <h2 class="calm">${question.question}</h2>
      <//>
      ${own.open ? html`<${Opened} question=${question} own=${own} change=${change} grade=${grade} />`
        : html`<${Write} own=${own} change=${change} />`}`}
  </article>`;
}

function Write({ own, change }) {
  const ready = isWritten(own.text) && own.sure !== null;
  const show = (event) => { event.preventDefault(); if (ready) { change({ open: true, unknown: false }); say("The model answer is open."); } };
  return html`<form class="stack" onSubmit=${show}>
    <label class="writing"><span>Your answer, in your own words</span>
      <textarea rows="5" value=${own.text} onInput=${(e) => change({ text: e.currentTarget.value })} placeholder="A sentence or two is enough."></textarea></label>
    <${Choice} label="How sure are you?" value=${own.sure === null ? "" : own.sure ? "sure" : "unsure"} options=${[["sure", "Sure"], ["unsure", "Not sure"]]} onChange=${(v) => change({ sure: v === "sure" })} />
    <div class="row">
      <button disabled=${!ready}>Show the model answer</button>
      <button type="button" class="quiet" onClick=${() => { change({ open: true, unknown: true, sure: false }); say("The model answer is open."); }}>I don’t know</button>
    </div>
    ${!ready && html`<p class="small">The answer opens once you have written a few words and said how sure you are. Trying first, even wrongly, is what makes it stick.</p>`}
  </form>`;
}

function Opened({ question, own, change, grade }) {
  return html`<div class="stack">
    <div class="beside">
      <section aria-label="Your answer"><h3>You wrote</h3><p class="own">${own.unknown && !own.text.trim() ? html`<em>I don’t know.</em>` : own.text}</p></section>
      <${Arrive} as="section" aria-label="A good answer"><h3>A good answer</h3><${Prose} of=${question.model_answer} /><//>
    </div>
    <${Points} legend="Which of these did you name? In any words; be strict." points=${question.points} ticked=${own.points}
      onTick=${(i, on) => change({ points: question.points.map((_, k) => (k === i ? on : Boolean(own.points[k]))) })} />
    <p><button type="button" onClick=${grade}>That is my grade</button></p>
  </div>`;
}

function Graded({ question, attempt, onNext, last }) {
  const v = verdict(attempt);
  const n = attempt.points.filter(Boolean).length;
  return html`<h2 class="calm graded">${question.question}</h2><${Arrive} class=${`note ${v === "held" ? "good" : "warning"}`}>
      ${v === "confident" && html`<span class="tag">sure, but not quite</span>`} ${SAID[v](n, attempt.points.length)}
      ${n < attempt.points.length && html`<p>Still to name:</p><ul>${question.points.filter((_, i) => !attempt.points[i]).map((p, i) => html`<li key=${i}>${p}</li>`)}</ul>`}
    <//>
    <p><button type="button" onClick=${onNext}>${last ? "See how you did" : "Next question"}</button></p>`;
}

function Finished({ lesson, questions, answers, onAgain }) {
  return html`<${Arrive} class="stack" as="article">
    <h1>Self-check: all ${questions.length} hold</h1>
    <p>Ask yourself one of them again in a week; <a href=${at(lesson, "cards")}>the flashcards</a> do that for the facts behind them.</p>
    <ul class="answers">${questions.map((q) => {
      const tries = answers[q.id];
      return html`<li key=${q.id}><details><summary>${q.question} <span class="small">${Math.round(100 * share(tries.at(-1)))} %, ${count(tries.length, "try", "tries")}${tries.some((a) => verdict(a) === "confident") ? ", once sure and not quite right" : ""}</span></summary>
        <p class="own">${tries.at(-1).text || "I don’t know."}</p><${Prose} of=${q.model_answer} />
        <p><button type="button" class="quiet" onClick=${() => onAgain(q.id)}>Answer it again</button></p></details></li>`;
    })}</ul>
    <p><a class="button" href=${at(lesson, "sorting")}>Go on: Sorting</a></p>
  <//>`;
}
