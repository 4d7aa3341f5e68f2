// What was recorded of a run: pictures, curves, scores, and what the diagnosis said.
import { html } from "../kit/html.js";
import { SmallChart } from "./chart.js";
import { curvesOf, curveWords, scoreWords, SHEETS, short } from "./clinic-words.js";

/** @param {{one: any, healthy: any}} props */
export function Evidence({ one, healthy }) {
  const { evidence } = one;
  const side = one.model === "judge" ? "judge" : "maker";
  const sheets = Object.keys(SHEETS).filter((k) => evidence[k] && SHEETS[k][side]);
  return html`<section class="evidence" aria-label="Evidence"><h2 class="unseen">What was recorded</h2>
    <div class="sheets">${sheets.map((k) => { const [title, about] = SHEETS[k][side]; return html`<figure key=${k}><img class="picture" src=${evidence[k]} alt=${`${title}. ${about}`} /><figcaption><b>${title}</b> <small>${about}</small></figcaption></figure>`; })}
      ${evidence.verdicts && html`<${Said} of=${evidence.verdicts} />`}</div>
    <div class="charts">${curvesOf(one.model, evidence.curves).map((name) => {
      const [title, about] = curveWords(name);
      const other = healthy?.evidence.curves[name];
      return html`<${SmallChart} key=${name} title=${title} name=${name} about=${about} lines=${[...(other ? [{ name: "a healthy run", kind: "other", points: other }] : []), { name: "this run", kind: "this", points: evidence.curves[name] }]} />`;
    })}</div>
    <${Scores} columns=${[["this run", evidence.scores], ...(healthy ? [["a healthy run", healthy.evidence.scores]] : [])]} />
    <p class="small">${one.model} on ${one.source.split("/").at(-1)}, seed ${one.seed}${healthy ? "; beside it a recorded healthy run of the same model on the same data" : ""}.</p>
  </section>`;
}

/** Numbers side by side, those with words first. @param {{columns: [string, Record<string, number>][]}} props */
export function Scores({ columns }) {
  const names = [...new Set(columns.flatMap(([, s]) => Object.keys(s ?? {})))].map((name) => ({ name, ...scoreWords(name) })).sort((a, b) => a.rank - b.rank);
  const table = (rows) => html`<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table><thead><tr><th scope="col">Measured</th>${columns.map(([t]) => html`<th key=${t} scope="col">${t}</th>`)}</tr></thead>
    <tbody>${rows.map((r) => html`<tr key=${r.name}><th scope="row">${r.words} ${r.good && html`<small>${r.good}</small>`}</th>${columns.map(([t, s]) => html`<td key=${t}>${short(s?.[r.name])}</td>`)}</tr>`)}</tbody></table></div>`;
  const [told, bare] = [names.filter((n) => n.rank < Infinity), names.filter((n) => n.rank === Infinity)];
  return html`${table(told)}${bare.length > 0 && html`<details class="bare"><summary>${bare.length} more numbers</summary>${table(bare)}</details>`}`;
}

/** What a judge said of pictures, of changed ones and of noise. */
function Said({ of }) {
  const mean = (all) => all.reduce((sum, [, c]) => sum + c, 0) / all.length;
  const right = (all) => all.filter(([label], i) => label === of.truth[i]).length;
  const rows = [["held-out pictures", "held_out", true], ["the same with a grey corner", "grey_corner", true], ["pure noise", "noise", false]].filter(([, k]) => of[k]?.length);
  return html`<figure><table><thead><tr><th scope="col">${of.truth.length} verdicts on</th><th scope="col">right</th><th scope="col">how sure</th></tr></thead>
    <tbody>${rows.map(([words, k, truth]) => html`<tr key=${k}><th scope="row">${words}</th><td>${truth ? right(of[k]) : "–"}</td><td>${Math.round(100 * mean(of[k]))} %</td></tr>`)}</tbody></table>
    <figcaption><b>What it says</b> <small>How sure it is on average. Noise shows nothing, so no verdict on it is right.</small></figcaption></figure>`;
}

const MARKS = { failure: "×", warning: "!", fine: "✓", "cannot-tell": "?" };

/** What `makebelieve diagnose` printed. @param {{title: string, of: any[]}} props */
export function Findings({ title, of }) {
  const raised = of.filter((f) => f.verdict === "failure" || f.verdict === "warning");
  const quiet = of.filter((f) => f.verdict === "fine");
  return html`<section class="findings"><h3>${title}</h3>
    ${raised.length ? html`<ul>${raised.map((f) => html`<li key=${f.code} class=${f.verdict}><b><span aria-hidden="true">${MARKS[f.verdict]}</span> ${f.name}</b> <span class="tag">${f.verdict}</span><br /><span>${f.sentence}</span></li>`)}</ul>`
      : html`<p>✓ Nothing is raised${quiet.length ? `; ${quiet.length} rules looked and found it fine` : ""}.</p>`}
  </section>`;
}
