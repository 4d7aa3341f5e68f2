// What the diagnosis says: while it trains, its early signs; afterwards, on request, all rules.
import { html, useEffect, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { Command, Note } from "../kit/ui.js";
import { address, useTry } from "./use-run.js";
import { count, short } from "./words.js";

const KINDS = { failure: ["failure", "✕", "wrong"], warning: ["warning", "!", "doubtful"], "cannot-tell": ["plain", "?", "cannot tell"], fine: ["good", "✓", "fine"] };

/** @param {{run: any}} props */
export function Findings({ run }) {
  const [found, set] = useState(null);
  const [attempt, refusal, busy] = useTry();
  useEffect(() => { set(null); }, [run.name, run.state, run.states.at(-1)]);
  const early = latest(run.findings ?? []);
  const look = () => attempt(async () => set(await get(`${address(run.name)}/diagnosis`)));
  const said = found ? found.findings.filter((f) => ["failure", "warning"].includes(f.verdict)) : [];
  return html`<section class="findings" aria-labelledby="diagnosis">
    <h2 id="diagnosis" class="unseen">Diagnosis</h2>
    ${!found && early.map((f) => html`<${Note} key=${f.sentence} kind="warning" title="An early sign.">${f.sentence} ${f.seen ? html`<span class="small">(after ${count(f.seen)} examples)</span>` : ""}<//>`)}
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    ${!found && run.states.length > 0 && html`<p class="row"><button type="button" class="quiet" disabled=${busy} onClick=${look}>${busy ? "Looking for what went wrong …" : "Look for what went wrong"}</button><span class="small">Every rule that suits this model, with the number that it stands on. Takes some seconds.</span></p>`}
    ${found && html`<${Note} kind=${KINDS[found.verdict]?.[0]} title="Diagnosis.">${found.sentence}<//>
      ${said.map((f) => html`<${Finding} key=${f.code} of=${f} />`)}
      <details><summary>All that was looked at: ${found.findings.length} rules</summary>
        <ul class="rules">${found.findings.map((f) => html`<li key=${f.code}><span class=${`state ${KINDS[f.verdict]?.[0]}`}><span aria-hidden="true">${KINDS[f.verdict]?.[1]}</span> ${KINDS[f.verdict]?.[2]}</span> <b>${f.name}</b> <span class="muted">${f.code}</span><br />${f.sentence}</li>`)}</ul></details>`}
  </section>`;
}

/** @param {{of: any}} props */
function Finding({ of }) {
  const numbers = Object.entries(of.measured ?? {});
  return html`<article class="finding card"><h3><span class=${`state ${KINDS[of.verdict][0]}`}><span aria-hidden="true">${KINDS[of.verdict][1]}</span> ${KINDS[of.verdict][2]}:</span> ${of.name} <span class="muted">${of.code}</span></h3>
    <p>${of.sentence}</p>
    ${numbers.length > 0 && html`<p class="small">Measured: ${numbers.map(([k, v]) => `${k.replaceAll("_", " ")} ${short(v)}`).join(", ")}.</p>`}
    ${of.remedy && html`<p>Try:</p><${Command} of=${of.remedy} />`}</article>`;
}

/** The same sentence once, the newest last. @param {any[]} all */
const latest = (all) => [...new Map(all.map((f) => [f.sentence, f])).values()];
