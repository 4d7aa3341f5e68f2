// Flashcards: answer before the back is shown, say how sure; what was missed returns in the same sitting.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { Note, Prose, Sheet } from "../kit/ui.js";
import { forecast, NEW_A_DAY, next, plan, tidy } from "./cards-logic.js";
import { Deck } from "./cards-deck.js";
import { tidyCards } from "./decks.js";
import { examine, exemplar } from "./own-runs.js";
import { cardsOf, KINDS } from "./own-runs-logic.js";
import { Arrive, count, useKeys } from "./pieces.js";
import { at, kept } from "./places.js";
import { shuffled } from "./random.js";

/** @param {{lesson: any}} props */
export function Cards({ lesson }) {
  const [stored, store] = useStored(kept(lesson, "cards"), []);
  const [mine, keepMine] = useStored(kept(lesson, "own-cards"), []);
  const log = tidy(stored);
  const own = tidyCards(mine);
  const runs = useOwnRuns();
  const cards = [...lesson.practice.cards, ...own, ...runs];
  const [more, learnMore] = useState(0);
  const [shown, show] = useState(null);
  const now = Date.now();
  const today = plan(cards, log, now, more);
  // A card that was put stays, whatever joins the deck meanwhile: nothing changes under the learner's eyes.
  const put = useRef({ id: null, after: -1 });
  const before = put.current.after === log.length ? cards.find((c) => c.id === put.current.id) : null;
  const card = shown ?? before ?? next(cards, log, now, more);
  put.current = { id: card?.id ?? null, after: log.length };
  const review = (right, sure) => {
    const entry = { card: card.id, at: Date.now(), right, sure };
    store((before) => [...tidy(before), entry]);
    show(null);
  };
  return html`<article class="cards stack">
    <header class="head"><h1>Flashcards</h1>
      <p class="small" aria-label="Today">${[[today.due.length, "due"], [today.fresh.length, "new"], [today.again.length, "again"], [today.settled, "settled today"]].filter(([n]) => n).map(([n, word]) => html`<span key=${word} class="tally"><b>${n}</b> ${word}</span>`)}</p></header>
    ${card ? html`<${OneCard} key=${`${card.id} ${log.length}`} lesson=${lesson} card=${card} first=${!log.length} onOpen=${() => show(card)} onReview=${review} />`
      : html`<${Rest} lesson=${lesson} today=${today} onMore=${() => learnMore(more + NEW_A_DAY)} />`}
    <${Deck} lesson=${lesson} own=${own} ofRuns=${runs.length} log=${log} onCards=${keepMine} onLog=${store} />
  </article>`;
}

/** Cards of one's own runs, as they become known; nothing is asked while the lesson's models are being trained. */
function useOwnRuns() {
  const { runs, training, known } = useStudio();
  const [found, set] = useState([]);
  const busy = Object.values(training).some((t) => t.state === "training") || runs.some((r) => r.state === "running");
  useEffect(() => (known && !busy ? examine(runs, set) : undefined), [known, busy, runs.length]);
  return useMemo(() => cardsOf(found), [found]);
}

function OneCard({ lesson, card, first, onOpen, onReview }) {
  const [sure, open] = useState(null);
  const [text, write] = useState("");
  const [picked, pick] = useState(null);
  const kinds = useMemo(() => (card.kind ? shuffled(Object.keys(KINDS), card.of.length + card.id.length) : []), [card.id]);
  const right = card.kind ? picked === card.kind : null;
  const reveal = (how) => {
    if (sure !== null || (card.kind && !picked)) return false;
    onOpen(); open(how);
    if (card.kind) say(picked === card.kind ? "Right." : `Not quite: ${KINDS[card.kind].name}.`);
    return true;
  };
  const grade = (had) => { onReview(had, sure); say(had && sure ? "Settled for today." : "It comes back in this sitting."); return true; };
  useKeys((key) => {
    if (sure === null) return key === "1" ? reveal(true) : key === "2" ? reveal(false) : false;
    if (card.kind) return key === "Enter" && !(document.activeElement instanceof HTMLButtonElement) ? grade(right) : false;
    return key === "1" ? grade(true) : key === "2" ? grade(false) : false;
  });
  const section = lesson.sections?.find((s) => s.id === card.section);
  return html`<div class="card flash">
    <${Arrive} on=${!first} class="front"><p class="small">${card.kind ? "from your own runs" : card.own ? "your own card" : section?.title ?? ""}</p>
      ${card.kind ? html`<${FromRun} card=${card} opened=${sure !== null} />` : card.own ? html`<p class="asked">${card.front}</p>` : html`<${Prose} class="asked" of=${card.front} />`}<//>
    ${card.kind ? html`<fieldset class="kinds"><legend class="unseen">What do you see?</legend>${kinds.map((k) => html`<label key=${k} class=${sure === null ? "" : k === card.kind ? "right" : k === picked ? "wrong" : ""}>
        <input type="radio" name="kind" checked=${picked === k} disabled=${sure !== null} onChange=${() => pick(k)} /> <span>${KINDS[k].name}</span>${sure !== null && k === card.kind ? html` <b>✓</b>` : ""}</label>`)}</fieldset>`
      : sure === null && html`<label class="writing"><span class="small">Your answer: type it, or say it to yourself</span>
        <textarea rows="2" value=${text} onInput=${(e) => write(e.currentTarget.value)}></textarea></label>`}
    ${sure === null ? html`<div class="row under"><span class="ask">How sure are you?</span><button type="button" disabled=${card.kind && !picked} onClick=${() => reveal(true)}>Sure <kbd aria-hidden="true">1</kbd></button>
        <button type="button" class="quiet" disabled=${card.kind && !picked} onClick=${() => reveal(false)}>Not sure <kbd aria-hidden="true">2</kbd></button></div>`
    : html`<${Arrive} class="back">
        ${!card.kind && text.trim() && html`<p class="small">You wrote</p><p class="own">${text}</p>`}
        ${!card.kind && (card.own ? html`<p class="prose own">${card.back}</p>` : html`<${Prose} of=${card.back} />`)}
      <//>
      <div class="row under">${card.kind ? html`<button type="button" onClick=${() => grade(right)}>Next</button>${!right && sure && html`<span class="small">You were sure: look at the pictures once more.</span>`}`
        : html`<span class="ask">Was that your answer?</span><button type="button" onClick=${() => grade(true)}>I had it <kbd aria-hidden="true">1</kbd></button>
          <button type="button" class="quiet" onClick=${() => grade(false)}>I missed it <kbd aria-hidden="true">2</kbd></button>
          ${section && html`<a class="small" href=${`/lesson/${lesson.id}#${section.id}`}>Look it up</a>`}`}</div>`}
  </div>`;
}

/** New pictures each time, so that the kind is learned and not the picture. */
function FromRun({ card, opened }) {
  const [drawn, set] = useState(null);
  const [failed, fail] = useState(null);
  useEffect(() => {
    let here = true;
    exemplar(card.of).then((d) => here && set(d), (e) => here && fail(e));
    return () => { here = false; };
  }, [card.id]);
  return html`<p class="asked">What would you say of the maker of these pictures?</p>
    ${failed ? html`<${Note} kind="warning" title="The pictures could not be drawn.">${failed.message}<//>`
      : drawn ? html`<${Sheet} pictures=${drawn.pictures} size="small" label="Twelve new samples" alts=${(i) => `sample ${i + 1}`} />` : html`<p class="small" aria-busy="true">Drawing new samples ...</p>`}
    ${opened && drawn && html`<p class="small"><a href=${`/workshop/${encodeURIComponent(drawn.run)}`}>${drawn.run}</a>, seed ${drawn.seed}. ${drawn.sentence}</p>`}`;
}

const inDays = (n) => (n === 1 ? "tomorrow" : `in ${n} days`);

function Rest({ lesson, today, onMore }) {
  return html`<${Arrive} class="card stack">
    <h2 class="calm">Done for today</h2>
    <p>${today.settled ? `${count(today.settled, "card")} settled.` : ""} ${today.ahead.length ? `The next ${today.ahead.filter((d) => d === today.ahead[0]).length === 1 ? "one returns" : `${today.ahead.filter((d) => d === today.ahead[0]).length} return`} ${inDays(today.ahead[0])}.` : ""}
      ${today.unseen ? ` ${today.unseen} are still new; ten a day is a good pace.` : " You have met every card."}</p>
    ${today.ahead.length > 0 && html`<ul class="ahead" aria-label="What returns when">${forecast(today.ahead).slice(0, 8).map(([d, n]) => html`<li key=${d}><b>${n}</b> ${inDays(d)}</li>`)}</ul>`}
    <div class="row"><a class="button" href=${at(lesson, "clinic")}>Go on: the clinic</a>
      ${today.unseen > 0 && html`<button type="button" class="quiet" onClick=${onMore}>Meet ten more</button>`}
      <a class="button quiet" href=${at(lesson)}>Back to the practice</a></div>
  <//>`;
}
