// Six everyday systems: judge, maker or both, and how to check what they do.
import { html, useRef } from "../kit/html.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { Choice, Note } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { Part, Reset } from "./parts.js";

export const params = ["system"];
const KINDS = [["judge", "Judge", "a verdict on what is there"], ["maker", "Maker", "something that was not there"], ["both", "Both", "one makes, one judges"]];
const CHECKS = [["count", "Count its mistakes against the truth"], ["look", "Look whether the results are true to kind, varied and new"], ["both", "Both: each part by its own measure"]];
const FITS = { judge: "count", maker: "look", both: "both" };
const ORDER = ["judge", "maker", "both", "maker", "judge", "both"];

/** Six systems of mixed kinds, the same for every reader. @param {any[]} items */
function chosen(items) {
  const left = [...items];
  const seen = new Set();
  return ORDER.map((kind) => {
    const i = left.findIndex((it) => it.kind === kind && !seen.has(it.category));
    const k = i >= 0 ? i : left.findIndex((it) => it.kind === kind);
    if (k < 0) return null;
    const [it] = left.splice(k, 1);
    seen.add(it.category);
    return it;
  }).filter(Boolean);
}

/** What was answered, by item; only answers that there are. @param {string} key @param {string[][]} options */
function useAnswers(key, options) {
  const [kept, keep] = useStored(key, {});
  const known = Object.entries(kept ?? {}).filter(([, given]) => options.some(([id]) => id === given));
  return [Object.fromEntries(known), keep];
}

/** @param {{lesson: any}} props */
export function WhichKind({ lesson }) {
  const items = chosen(lesson.practice?.sorting?.items ?? []);
  const [at, setAt] = useParam("system", "0");
  const [answers, answer] = useAnswers(`which-kind/${lesson.id}`, KINDS);
  const [checks, check] = useAnswers(`which-kind-checks/${lesson.id}`, CHECKS);
  const box = useRef(null);
  if (!items.length) return html`<p>The systems to sort are in <a href="/practice/sorting">the practice</a>.</p>`;
  const i = Math.max(0, Math.min(items.length - 1, Number(at) || 0));
  const item = items[i];
  const given = answers[item.id];
  const right = given === item.kind;
  const checked = checks[item.id];
  const feedback = right ? item.cue : item.wrong[`kind:${given}`];
  const pick = (kind) => { if (given) return; answer((a) => ({ ...a, [item.id]: kind })); say(kind === item.kind ? `Right. ${item.cue}` : `Not quite. ${item.wrong[`kind:${kind}`] ?? ""}`); };
  const go = (k) => { setAt(String(k)); box.current?.focus({ preventScroll: true }); say(`${items[k].name}. ${items[k].about}`); };
  const key = (event) => {
    const n = Number(event.key) - 1;
    if (event.ctrlKey || event.metaKey || event.altKey || !(n >= 0 && n < KINDS.length)) return;
    event.preventDefault();
    if (!given) pick(KINDS[n][0]); else if (checked === undefined) check((c) => ({ ...c, [item.id]: CHECKS[n][0] }));
  };
  const score = items.filter((it) => answers[it.id] === it.kind).length;
  const all = items.every((it) => answers[it.id]);
  return html`<div class="which" onKeyDown=${key}>
    <ol class="steps" aria-label="The six systems">${items.map((it, k) => html`<li key=${it.id}><button type="button" class="face step" aria-current=${k === i ? "step" : undefined} aria-label=${`${k + 1}: ${it.name}${answers[it.id] ? (answers[it.id] === it.kind ? ", right" : ", missed") : ""}`} onClick=${() => go(k)}><span class="dot">${answers[it.id] ? (answers[it.id] === it.kind ? "✓" : "✗") : k + 1}</span></button></li>`)}</ol>
    <div class="system" ref=${box} tabindex="-1"><h3>${item.name}</h3><p>${item.about}</p></div>
    <div class="bins" role="group" aria-label="Which kind is it?">${KINDS.map(([kind, name, about], k) => html`<button key=${kind} type="button" class=${`bin ${kind} ${given === kind ? (right ? "right" : "wrong") : ""} ${given && kind === item.kind ? "right" : ""}`} disabled=${Boolean(given)} aria-keyshortcuts=${String(k + 1)} onClick=${() => pick(kind)}>
      <kbd aria-hidden="true">${k + 1}</kbd><b>${name}</b><span class="small">${about}</span></button>`)}</div>
    ${given && html`<${Note} kind=${right ? "good" : "warning"} title=${right ? "Right." : `Rather: ${KINDS.find(([k]) => k === item.kind)[1].toLowerCase()}.`}>${feedback}<//>
      <${Choice} label="How would you check its work?" value=${checked ?? ""} options=${CHECKS} onChange=${(c) => check((all) => ({ ...all, [item.id]: c }))} />
      ${checked !== undefined && html`<${Note} kind=${checked === FITS[item.kind] ? "good" : "warning"} title=${checked === FITS[item.kind] ? "Yes." : `Rather: ${CHECKS.find(([c]) => c === FITS[item.kind])[1].toLowerCase()}.`}>${expected(lesson, item)}<//>`}`}
    ${all && html`<p role="status"><b>${score} of ${items.length} right.</b> <a href="/practice/sorting">Sort ${lesson.practice.sorting.items.length} systems in the practice.</a></p>`}
    <div class="row">${given && i + 1 < items.length && html`<button type="button" onClick=${() => go(i + 1)}>Next system</button>`}<${Reset} onReset=${() => { answer({}); check({}); setAt(null); }} /></div>
  </div>`;
}

/** What to watch for, from the lesson's own table. */
function expected(lesson, item) {
  const failure = lesson.practice.sorting.failures.find((f) => f.id === item.failure);
  return failure ? `Watch for ${failure.name}: ${failure.about}` : "";
}
