// The lesson: six sections in one scroll, each with a prediction, a live figure and what it showed.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { useStored, write } from "../kit/stored.js";
import { Note, Predict, Prose, Shown } from "../kit/ui.js";
import { land } from "../kit/url.js";
import { FIGURES, PARAMS } from "../figures/index.js";
import { useLesson, useTitle } from "./load.js";
import { place, withTerms } from "./terms.js";

/** @param {{parts: string[]}} props */
export function Lesson({ parts: [id] }) {
  const { lesson, error } = useLesson(id);
  useTitle(lesson?.title);
  if (error) return html`<div class="column"><${Note} kind="failure" title="The lesson could not be read.">${error}<//></div>`;
  if (!lesson) return html`<div class="column" aria-busy="true"></div>`;
  return html`<${Whole} lesson=${lesson} />`;
}

function Whole({ lesson }) {
  const here = useReading(lesson);
  return html`<${Shown.Provider} value=${lesson}><div class="lesson">
    <${Rail} lesson=${lesson} here=${here} />
    <header class="column">
      <p class="kicker"><span class="tag">Lesson</span> ${lesson.minutes_read} minutes to read, ${lesson.minutes_practice} to practise</p>
      <h1>${lesson.title}</h1>
      <p class="promise">${lesson.promise}</p>
    </header>
    ${lesson.sections.map((section, i) => html`<${Section} key=${section.id} lesson=${lesson} section=${section} number=${i + 1} />`)}
    <section class="column ending" id="summary" tabindex="-1">
      <h2>In short</h2>
      <${Prose} of=${lesson.summary} />
      <div class="row next">
        <a class="button" href="/practice">Practise for ${lesson.minutes_practice} minutes</a>
        <a class="button quiet" href=${`/lesson/${lesson.id}/cheat-sheet`}>The cheat sheet, on one page</a>
        <a class="button quiet" href="/workshop">Train on pictures of your own</a>
      </div>
      <h3>To read on</h3>
      <ul class="references">${lesson.references.map((r) => html`<li key=${r.url}><a href=${r.url} rel="noreferrer" target="_blank">${r.text}<span class="unseen"> (another site, in a new tab)</span></a></li>`)}</ul>
    </section>
  </div><//>`;
}

/** Which section is being read; kept in the address and in the browser. */
function useReading(lesson) {
  const [here, set] = useState(location.hash.slice(1));
  useEffect(() => {
    land(document.getElementById(location.hash.slice(1)));
    const parts = [...document.querySelectorAll(".lesson > [id]")];
    const watch = new IntersectionObserver((entries) => {
      const entered = entries.filter((e) => e.isIntersecting).pop();
      if (!entered) return;
      const { id } = entered.target;
      set(id);
      write(`reading/${lesson.id}`, id);
      if (location.hash.slice(1) !== id) history.replaceState(null, "", `${location.pathname}${location.search}#${id}`);
    }, { rootMargin: "-30% 0px -65% 0px" });
    parts.forEach((p) => watch.observe(p));
    return () => watch.disconnect();
  }, [lesson.id]);
  return here;
}

/** The six sections at a glance: where one is, and which have been predicted. */
function Rail({ lesson, here }) {
  const [kept] = useStored(`predicted/${lesson.id}`, {});
  const done = kept ?? {};
  const at = lesson.sections.findIndex((s) => s.id === here);
  return html`<nav class="rail" aria-label="Sections of the lesson"><ol>
    ${lesson.sections.map((s, i) => html`<li key=${s.id} class=${i < at || here === "summary" ? "past" : ""}>
      <a href=${`#${s.id}`} aria-current=${s.id === here ? "step" : undefined}>
        <span class="dot" aria-hidden="true">${done[s.id] === undefined ? i + 1 : "✓"}</span>
        <span class="name">${s.title}</span>${done[s.id] === undefined ? "" : html`<span class="unseen"> (predicted)</span>`}</a></li>`)}
  </ol></nav>`;
}

const asked = (kind) => (PARAMS[kind] ?? []).some((name) => new URL(location.href).searchParams.has(name));

function Section({ lesson, section, number }) {
  const [given, give] = useStored(`predicted/${lesson.id}`, {});
  const [seen, see] = useStored(`opened/${lesson.id}`, {});
  const [linked] = useState(() => asked(section.figure.kind));
  const mine = given?.[section.id];
  const shown = seen?.[section.id] || mine !== undefined || linked;
  const answer = typeof mine === "number" && mine >= 0 ? mine : null;
  const figure = useRef(null);
  const early = useMemo(() => withTerms(section.body, section.terms ?? [], section.id), [section]);
  const late = useMemo(() => withTerms(section.after, early.left, `${section.id}-late`), [section]);
  const justShow = () => { see((all) => ({ ...all, [section.id]: true })); requestAnimationFrame(() => figure.current?.focus({ preventScroll: true })); };
  return html`<section id=${section.id} class="section" tabindex="-1" aria-labelledby=${`${section.id}-title`}>
    <div class="column">
      <p class="number" aria-hidden="true">${number}</p>
      <h2 id=${`${section.id}-title`}>${section.title}</h2>
      <${Termed} of=${early} />
      <${Predict} ...${section.predict} given=${answer} onAnswer=${(i) => give((g) => ({ ...g, [section.id]: i }))} />
      ${!shown && html`<p class="unopened"><button type="button" class="quiet" onClick=${justShow}>Just show me the figure</button></p>`}
    </div>
    ${shown && html`<${Figure} lesson=${lesson} section=${section} box=${figure} />
    <div class="column after"><${Termed} of=${late} /></div>`}
  </section>`;
}

/** Prose whose words of the field open their explanations. */
function Termed({ of: { markup, found } }) {
  return html`<${Prose} of=${markup} />
    ${found.map((t) => html`<span key=${t.id} id=${t.id} popover="auto" class="meaning" onBeforeToggle=${place}><strong>${t.word}</strong> <span id=${`${t.id}-what`}>${t.meaning}</span></span>`)}`;
}

/** A figure is built when the reader comes near it, so that the first page costs little. */
function useNear(box) {
  const [near, set] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver(([e]) => { if (e.isIntersecting) { set(true); watch.disconnect(); } }, { rootMargin: "600px 0px" });
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return near;
}

function Figure({ lesson, section, box }) {
  const { training } = useStudio();
  const near = useNear(box);
  const Drawn = FIGURES[section.figure.kind];
  const keys = section.figure.runs ?? [];
  const names = Object.fromEntries(Object.keys(lesson.runs).map((key) => [key, training[key]?.run ?? `lesson-${key}`]));
  const ready = keys.every((key) => training[key]?.state === "finished");
  if (!Drawn) return html`<div class="column"><${Note} kind="failure">There is no figure of the kind "${section.figure.kind}".<//></div>`;
  return html`<figure class="figure wide" ref=${box} tabindex="-1" aria-labelledby=${`${section.id}-caption`} data-kind=${section.figure.kind}>
    <div class=${`stage card ${ready ? "ready" : ""}`}>${near && html`<${Drawn} lesson=${lesson} section=${section} names=${names} />`}</div>
    <figcaption id=${`${section.id}-caption`} class="column"><${Prose} of=${section.figure.caption} as="span" />
      ${keys.length > 0 && html`<span class="behind"> Behind it: ${keys.map((key, i) => html`${i > 0 && ", "}<a key=${key} href=${`/workshop/runs/${names[key] ?? `lesson-${key}`}`}>${names[key] ?? `lesson-${key}`}</a>`)}.</span>`}
    </figcaption>
  </figure>`;
}
