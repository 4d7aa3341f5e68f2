// Recorded trainings, sick and healthy: look, diagnose, choose one treatment, predict, run it, compare.
import { html, useEffect, useState } from "../kit/html.js";
import { useStored } from "../kit/stored.js";
import { say } from "../kit/say.js";
import { Command, Predict, Prose } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { Evidence, Findings } from "./clinic-evidence.js";
import { atOnce, healthyFor, step, summary, tidy } from "./clinic-logic.js";
import { Treating } from "./clinic-run.js";
import { Arrive } from "./pieces.js";
import { at, kept } from "./places.js";

/** @param {{lesson: any}} props */
export function Clinic({ lesson }) {
  const cases = lesson.practice.clinic;
  const [stored, store] = useStored(kept(lesson, "clinic"), {});
  const [id, turn] = useParam("case", "");
  const [moved, move] = useState(false);
  const open = (to) => { move(true); turn(to); scrollTo(0, 0); };
  const visits = tidy(stored, cases);
  const one = cases.find((c) => c.id === id);
  const change = (part) => store((before) => { const now = tidy(before, cases); return { ...now, [one.id]: { ...now[one.id], ...part } }; });
  const following = cases.find((c) => c.id !== id && step(c, visits[c.id]) !== "run");
  return one ? html`<${Case} key=${one.id} one=${one} cases=${cases} visit=${visits[one.id]} change=${change} lesson=${lesson} following=${following} moved=${moved} onOpen=${open} />`
    : html`<${Ward} moved=${moved} lesson=${lesson} cases=${cases} visits=${visits} onOpen=${open} />`;
}

function Ward({ moved, lesson, cases, visits, onOpen }) {
  const { all, solved, atOnce: first } = summary(cases, visits);
  const next = cases.find((c) => step(c, visits[c.id]) !== "run");
  return html`<article class="stack">
    <header class="head"><${Arrive} as="h1" on=${moved}>Clinic<//>${solved > 0 && html`<p class="small">${solved} of ${all} solved, ${first} at the first look</p>`}</header>
    <p class="prose">${all} trainings, recorded as they were, each with its seed. Some are sick, some are healthy. Look at the evidence, say what you think, choose one treatment, say what it will do, and then run it here and see.</p>
    ${next ? html`<p><button type="button" onClick=${() => onOpen(next.id)}>${solved ? "The next case" : "The first case"}: ${next.title}</button></p>` : all ? html`<p><strong>Every case is solved.</strong> <a href=${at(lesson)}>Back to the practice.</a></p>` : html`<p>This lesson has no recorded cases.</p>`}
    <ul class="ward">${cases.map((c) => {
      const v = visits[c.id];
      const done = step(c, v) === "run";
      return html`<li key=${c.id} class=${`card ${done ? "done" : ""}`}><button type="button" class="quiet open" onClick=${() => onOpen(c.id)}>
        <img class="picture" src=${c.evidence.samples} alt="" loading="lazy" /><b>${c.title}</b>
        <small>${done ? `✓ ${c.diagnosis.options[c.diagnosis.answer].text}${atOnce(c, v) ? ", at the first look" : ""}` : v.tried.length ? "begun" : "not yet seen"}</small></button></li>`;
    })}</ul>
  </article>`;
}

function Case({ moved, one, cases, visit, change, lesson, following, onOpen }) {
  const now = step(one, visit);
  const healthy = healthyFor(one, cases);
  useEffect(() => { document.title = `${one.title} · Clinic · makebelieve`; }, [one.id]);
  const { diagnosis, treatment } = one;
  const tried = treatment.options[treatment.tried ?? treatment.answer];
  return html`<article class="case stack">
    <header class="head"><${Arrive} as="h1" on=${moved}>${one.title}<//><p><button type="button" class="quiet" onClick=${() => onOpen(null)}>All cases</button></p></header>
    <p class="prose">${one.story}</p>
    <${Evidence} one=${one} healthy=${healthy} />
    <${Choose} legend="What is the matter with it?" options=${diagnosis.options} tried=${visit.tried} answer=${diagnosis.answer} button="That is my diagnosis" sure=${visit.sure}
      onChoose=${(i, sure) => { change({ tried: [...visit.tried, i], sure: visit.sure ?? sure }); say(i === diagnosis.answer ? "Right." : "Not this. Look again."); }} />
    ${now !== "diagnose" && html`<${Arrive} on=${now === "treat" && !visit.treated.length} class="stack"><${Prose} of=${diagnosis.why} />
        <${Findings} title="What the package’s own diagnosis says" of=${one.evidence.findings} />
        <h2>Treat it</h2>
        <${Choose} legend="You may change one thing. Which?" options=${treatment.options} tried=${visit.treated} answer=${treatment.answer} button="I would do this"
          onChoose=${(i) => { change({ treated: [...visit.treated, i] }); say(i === treatment.answer ? "Right." : "Not this one."); }} /><//>`}
    ${(now === "predict" || now === "run") && tried !== treatment.options[treatment.answer] && html`<p class="prose">Suppose that somebody did this all the same: “${tried.text}”.</p>`}
    ${(now === "predict" || now === "run") && html`<${Predict} question=${treatment.predict.question} options=${treatment.predict.options} answer=${treatment.predict.answer} why=${treatment.predict.why}
      given=${visit.predicted} onAnswer=${(i) => change({ predicted: i })} />`}
    ${now === "run" && html`<${Treating} one=${one} option=${tried} visit=${visit} change=${change} healthy=${healthy} />
      <div class="row leave">${following ? html`<button type="button" onClick=${() => { change({ done: true }); onOpen(following.id); }}>Next case: ${following.title}</button>` : html`<a class="button" href=${at(lesson)}>Back to the practice</a>`}</div>`}
    <details class="again"><summary>Train the recorded run yourself</summary><p class="small">The same seed gives the same run.</p><${Command} of=${one.command} /></details>
  </article>`;
}

/** One of several; a wrong one is answered, stays visible, and can be followed by another. */
function Choose({ legend, options, tried, answer, button, onChoose, sure }) {
  const [picked, pick] = useState(null);
  const [how, be] = useState(null);
  const over = tried.includes(answer);
  const ask = sure !== undefined && !tried.length;
  const submit = (event) => { event.preventDefault(); if (picked !== null && !tried.includes(picked) && (!ask || how !== null)) { onChoose(picked, how); pick(null); } };
  return html`<form class="choose" onSubmit=${submit}>
    <fieldset><legend>${legend}</legend>${options.map((o, i) => {
      const done = tried.includes(i);
      const right = i === answer;
      return html`<div key=${i} class=${done ? (right ? "right" : "wrong") : ""}><label>
          <input type="radio" name=${legend} checked=${done && right ? true : picked === i} disabled=${over || done} onChange=${() => pick(i)} />
          <span>${o.text}${o.command ? html`<code>${changed(o)}</code>` : ""}</span>${done && html`<b class="mark">${right ? "✓" : "×"}</b>`}</label>
        ${done && o.feedback && html`<p class="feedback">${o.feedback}</p>`}</div>`;
    })}</fieldset>
    ${!over && html`<div class="row under">${ask && html`<fieldset class="choice"><legend>How sure are you?</legend>${[[true, "Sure"], [false, "Not sure"]].map(([v, t]) => html`<label key=${t}><input type="radio" name=${`${legend} sure`} checked=${how === v} onChange=${() => be(v)} /><span>${t}</span></label>`)}</fieldset>`}
      <button disabled=${picked === null || tried.includes(picked) || (ask && how === null)}>${button}</button></div>`}
    ${over && sure && tried[0] !== answer && html`<p class="note warning">You were sure, and it was something else. Look at the evidence once more: such cases are remembered best.</p>`}
  </form>`;
}

const changed = (o) => o.command.replace(/^makebelieve /, "");
