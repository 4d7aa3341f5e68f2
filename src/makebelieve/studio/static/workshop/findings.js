// What the diagnosis says: while it trains, its early signs; afterwards, on request, all rules.
import { html, useEffect, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { Command, Note } from "../kit/ui.js";
import { address, useTry } from "./use-run.js";
import { count, sentence, short } from "./words.js";

const KINDS = { failure: ["failure", "✕", "wrong"], warning: ["warning", "!", "doubtful"], "cannot-tell": ["plain", "?", "cannot tell"], fine: ["good", "✓", "fine"] };

/** Early signs, told while it trains. @param {{run: any}} props */
export function Signs({ run }) {
  const early = latest(run.findings ?? []);
  if (!early.length) return null;
  return html`<section class="findings" aria-label="Early signs">${early.map((f) => html`<${Note} key=${f.sentence} kind="warning" title="An early sign.">${sentence(f.sentence)} ${f.seen ? html`<span class="small">(after ${count(f.seen)} examples)</span>` : ""}<//>`)}</section>`;
}

/** Every rule, on the newest checkpoint. @param {{run: any}} props */
export function Diagnosis({ run }) {
  const [found, set] = useState(null);
  const [attempt, refusal, busy] = useTry();
  const at = run.states.at(-1);
  const look = () => attempt(async () => set({ ...(await get(`${address(run.name)}/diagnosis`)), at }));
  useEffect(() => { set(null); look(); }, [run.name, run.state]);
  if (refusal) return html`<${Note} kind="failure">${refusal} <button type="button" class="quiet" onClick=${look}>Try again</button><//>`;
  if (!found) return html`<p class="waiting" aria-busy="true">Looking for what went wrong: samples are drawn and measured by every rule that suits this model. It takes some seconds …</p>`;
  const said = found.findings.filter((f) => ["failure", "warning"].includes(f.verdict));
  const calm = found.findings.filter((f) => !said.includes(f));
  return html`<div class="findings"><${Note} kind=${KINDS[found.verdict]?.[0]}>${found.sentence}<//>
    ${found.at !== at && html`<p class="row"><span class="small">This was after ${count(found.at)} examples.</span> <button type="button" class="quiet" disabled=${busy} onClick=${look}>${busy ? "Looking …" : "Look again"}</button></p>`}
    ${said.map((f) => html`<${Finding} key=${f.code} of=${f} />`)}
    ${calm.length > 0 && html`<section class="card" aria-labelledby="others"><h2 id="others">${said.length ? "What else was looked at" : "What was looked at"}</h2>
      <ul class="rules">${calm.map((f) => html`<li key=${f.code}><b>${named(f)}</b> <span class=${`state ${KINDS[f.verdict]?.[0]}`}><span aria-hidden="true">${KINDS[f.verdict]?.[1]}</span> ${KINDS[f.verdict]?.[2]}</span> <span class="small">${f.code}</span><br />${sentence(f.sentence)}</li>`)}</ul></section>`}
    <p class="small">The same in a terminal:</p><${Command} of=${`makebelieve diagnose ${run.name}`} /></div>`;
}

/** @param {{of: any}} props */
function Finding({ of }) {
  const numbers = Object.entries(of.measured ?? {});
  return html`<article class="finding card"><h3>${named(of)} <span class=${`state ${KINDS[of.verdict][0]}`}><span aria-hidden="true">${KINDS[of.verdict][1]}</span> ${KINDS[of.verdict][2]}</span> <span class="small">${of.code}</span></h3>
    <p>${sentence(of.sentence)}</p>
    ${numbers.length > 0 && html`<p class="small">Measured: ${numbers.map(([k, v]) => `${k.replaceAll("_", " ")} ${short(v)}`).join(", ")}.</p>`}
    ${of.remedy && html`<p>Try:</p><${Command} of=${of.remedy} />`}</article>`;
}

/** What a rule looks for. @param {any} finding */
const named = ({ name }) => name[0].toUpperCase() + name.slice(1);

/** The same sentence once, the newest last. @param {any[]} all */
const latest = (all) => [...new Map(all.map((f) => [f.sentence, f])).values()];
