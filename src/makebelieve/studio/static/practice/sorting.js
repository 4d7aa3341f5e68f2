// Everyday systems, one at a time, placed into bins; every wrong bin says which cue was missed.
import { html, useLayoutEffect, useRef, useState } from "../kit/html.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { useId } from "../kit/ui.js";
import { Arrive, count, Dots, useKeys } from "./pieces.js";
import { at, kept } from "./places.js";
import { someSeed } from "./random.js";
import { binsOf, feedback, isMastered, itemsOf, mastery, next, PASSES, place, tidy, undo } from "./sorting-logic.js";

/** @param {{lesson: any}} props */
export function Sorting({ lesson }) {
  const content = lesson.practice.sorting;
  const [stored, store] = useStored(kept(lesson, "sorting"), null);
  const [first] = useState(someSeed);
  const state = tidy(stored ?? { seed: first }, content);
  const [answered, answer] = useState(false);
  const pass = PASSES.find((p) => p.id === state.pass);
  const placed = state.placed[pass.id];
  const item = answered ? null : next(content, pass.id, placed, state.seed);
  const last = placed.at(-1);
  const begin = (id, fresh = false) => { answer(false); store({ ...state, pass: id, placed: fresh ? { ...state.placed, [id]: [] } : state.placed }); };
  const put = (bin) => {
    store(place(state, item, bin.id));
    answer(true);
    say(item[pass.id] === bin.id ? `Right: ${bin.name}.` : `Not ${bin.name}.`, "assertive");
  };
  const back = () => { if (!placed.length) return false; store(undo(state)); answer(false); say("Taken back. It will not count, since its answer was shown."); return true; };
  useKeys((key) => (key === "u" || key === "U") && back());

  return html`<article class="sorting stack">
    <header class="head"><h1>Sorting</h1><${Passes} content=${content} state=${state} onChoose=${begin} /></header>
    <div class="board">
      <div class="stack">${answered && last ? html`<${Feedback} key=${placed.length} item=${content.items.find((i) => i.id === last.item)} given=${last.given} pass=${pass} bins=${binsOf(content, pass.id)} onNext=${() => answer(false)} onUndo=${back} />`
        : item ? html`<${Placing} key=${`${pass.id} ${placed.length}`} item=${item} pass=${pass} bins=${binsOf(content, pass.id)} first=${!placed.length} onPlace=${put} onUndo=${placed.length ? back : null} />`
        : html`<${Ended} lesson=${lesson} content=${content} pass=${pass} placed=${placed} onBegin=${begin} />`}
      </div>
      <${Mastery} rows=${mastery(content, pass.id, placed)} pass=${pass} />
    </div>
  </article>`;
}

function Passes({ content, state, onChoose }) {
  return html`<ol class="passes" aria-label="Passes">${PASSES.map((p, i) => {
    const done = isMastered(content, p.id, state.placed[p.id]);
    return html`<li key=${p.id}><button type="button" class="quiet" aria-current=${p.id === state.pass ? "step" : undefined} onClick=${() => onChoose(p.id)}>${i + 1}. <span class="long">${p.title}</span><span class="short">${p.short}</span>${done ? html` <span aria-label="mastered">✓</span>` : ""}</button></li>`;
  })}</ol>`;
}

function Placing({ item, pass, bins, first, onPlace, onUndo }) {
  const [picked, pick] = useState(null);
  const card = useRef(null);
  const form = useRef(null);
  const name = useId("bin");
  useLayoutEffect(() => { if (!first) form.current?.querySelector("input")?.focus({ preventScroll: true }); }, []);
  const drag = useDrag(card, form, (id) => onPlace(bins.find((b) => b.id === id)));
  useKeys((key) => {
    const bin = /^[1-9]$/.test(key) ? bins[Number(key) - 1] : null;
    if (bin) { onPlace(bin); return true; }
    return false;
  });
  const submit = (event) => { event.preventDefault(); const bin = bins.find((b) => b.id === picked); if (bin) onPlace(bin); };
  return html`<div class="card item" ref=${card} ...${drag}>
      <p class="small">${item.category}</p><h2 class="calm">${item.name}</h2><p>${item.about}</p>
    </div>
    <form ref=${form} onSubmit=${submit} onKeyDown=${(e) => { if (e.key === "Enter" && picked && e.target instanceof HTMLInputElement) { e.preventDefault(); submit(e); } }}>
      <fieldset class="bins"><legend>${pass.question}</legend>
        ${bins.map((b, i) => html`<label key=${b.id} class="bin" data-bin=${b.id} data-picked=${picked === b.id ? "" : undefined}>
          <input type="radio" name=${name} value=${b.id} checked=${picked === b.id} onChange=${() => pick(b.id)}
            onClick=${(e) => { /* Arrow keys click, too, but without a pointer. */ if (e.detail > 0) onPlace(b); }} />
          <kbd aria-hidden="true">${i + 1}</kbd><span><b>${b.name}</b><small>${b.about}</small></span></label>`)}
      </fieldset>
      <div class="row under"><button disabled=${!picked}>Place it</button>
        ${onUndo && html`<button type="button" class="quiet" onClick=${onUndo}>Take the last one back</button>`}
        <span class="small">Tap a bin<span class="keys">, or press 1 to ${bins.length}; arrows choose and Enter places; U takes back</span>.</span></div>
    </form>`;
}

/** Dragging the card onto a bin: one way among several. */
function useDrag(card, form, drop) {
  const from = useRef(null);
  const over = (x, y) => document.elementsFromPoint(x, y).map((e) => e.closest?.("[data-bin]")).find(Boolean) ?? null;
  const mark = (bin) => form.current?.querySelectorAll("[data-bin]").forEach((b) => b.classList.toggle("over", b === bin));
  const end = (event, dropped) => {
    if (!from.current) return;
    from.current = null;
    card.current.style.removeProperty("transform");
    card.current.classList.remove("dragged");
    mark(null);
    const bin = dropped && over(event.clientX, event.clientY);
    if (bin) drop(bin.dataset.bin);
  };
  return {
    onPointerDown: (e) => { if (e.pointerType === "mouse" && !e.button) { from.current = [e.clientX, e.clientY]; card.current.setPointerCapture(e.pointerId); } },
    onPointerMove: (e) => {
      if (!from.current) return;
      e.preventDefault();
      const [x, y] = from.current;
      card.current.classList.add("dragged");
      card.current.style.setProperty("transform", `translate(${e.clientX - x}px, ${e.clientY - y}px) rotate(1deg)`);
      mark(over(e.clientX, e.clientY));
    },
    onPointerUp: (e) => end(e, true),
    onPointerCancel: (e) => end(e, false),
  };
}

function Feedback({ item, given, pass, bins, onNext, onUndo }) {
  const right = item[pass.id] === given;
  const name = (id) => bins.find((b) => b.id === id)?.name ?? id;
  const go = useRef(null);
  useLayoutEffect(() => { go.current?.focus({ preventScroll: true }); say(`${right ? "Right" : "Not quite"}. ${feedback(item, pass.id, given)}`); }, []);
  // The button has the focus; a hand that was faster than the page is heard all the same.
  useKeys((key) => { if (key !== "Enter" || document.activeElement !== document.body) return false; onNext(); return true; });
  return html`<div class=${`card item answered ${right ? "right" : "wrong"}`}>
    <p class="small">${item.category}</p><h2 class="calm">${item.name}</h2><p>${item.about}</p>
    <div class=${`note ${right ? "good" : "warning"}`}>
      <p><strong>${right ? `✓ ${name(given)}` : `× Not “${name(given)}”: ${name(item[pass.id])}`}</strong></p>
      <p>${feedback(item, pass.id, given)}</p>
      ${!right && item.cue !== feedback(item, pass.id, given) && html`<p class="small">What gives it away: ${item.cue}</p>`}
      ${!right && html`<p class="small">Another one of this kind comes back soon.</p>`}
    </div>
    <div class="row under"><button type="button" ref=${go} onClick=${onNext}>Next <kbd aria-hidden="true">Enter</kbd></button>
      ${item.show && html`<a class="button quiet" href=${item.show.path}>Show me</a>`}
      <button type="button" class="quiet" onClick=${onUndo}>Take it back</button></div>
  </div>`;
}

function Mastery({ rows, pass }) {
  return html`<aside class="mastery" aria-label="How far you are"><h2 class="calm small-title">Mastered when</h2>
    <p class="small">the last ${pass.last} of each bin hold${pass.misses ? `, ${count(pass.misses, "slip")} allowed` : ""}.</p>
    <ul>${rows.map((b) => html`<li key=${b.id} class=${b.mastered ? "mastered" : ""}><span>${b.name}</span> <${Dots} marks=${b.marks} need=${b.need} />${b.mastered ? html`<span class="tick" aria-label="mastered">✓</span>` : ""}</li>`)}</ul>
  </aside>`;
}

function Ended({ lesson, content, pass, placed, onBegin }) {
  const rows = mastery(content, pass.id, placed);
  const mastered = rows.filter((b) => b.mastered);
  const open = rows.filter((b) => !b.mastered);
  const following = PASSES[PASSES.findIndex((p) => p.id === pass.id) + 1];
  const slips = rows.reduce((sum, b) => sum + b.missed, 0);
  return html`<${Arrive} class="card stack">
    <h2 class="calm">${open.length ? "That is all of them" : `Mastered: ${pass.title}`}</h2>
    <p>${count(placed.length, "system")} placed, ${count(slips, "slip")}. ${mastered.length ? html`You tell apart: <b>${mastered.map((b) => b.name).join(", ")}</b>.` : ""}
      ${open.length ? html` Not yet: <b>${open.map((b) => b.name).join(", ")}</b>.` : ""}</p>
    ${open.length > 0 && html`<ul>${open.map((b) => html`<li key=${b.id}><b>${b.name}</b>: ${b.about}</li>`)}</ul>`}
    <div class="row">
      ${following && !open.length && html`<button type="button" onClick=${() => onBegin(following.id)}>Next pass: ${following.title}</button>`}
      ${!following && !open.length && html`<a class="button" href=${at(lesson, "explain")}>Go on: three sentences</a>`}
      <button type="button" class=${open.length ? "" : "quiet"} onClick=${() => onBegin(pass.id, true)}>Sort again</button>
      <a class="button quiet" href=${at(lesson)}>Back to the practice</a>
    </div>
  <//>`;
}
