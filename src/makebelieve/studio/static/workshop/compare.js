// Several runs beside each other: curves on one axis, samples of one seed, scores, what was set otherwise.
import { html, useEffect, useMemo, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { useNews, useStudio } from "../kit/live.js";
import { useParam } from "../kit/url.js";
import { Note, Sheet } from "../kit/ui.js";
import { Chart, points } from "./curves.js";
import { settingsOf } from "./recipe.js";
import { Points, useAsk } from "./shown.js";
import { State } from "./state.js";
import { address, joined, page } from "./use-run.js";
import { nameOf, scoreValue, scoreWords, short, sideOf } from "./words.js";

const LOOKS = [{ colour: "--maker" }, { colour: "--judge", dash: [8, 4] }, { colour: "--good", dash: [2, 3] }, { colour: "--failure", dash: [10, 3, 2, 3] }, { colour: "--warning", dash: [4, 2] }, { colour: "--muted", dash: [12, 4] }];

export function Compare() {
  const { runs: known } = useStudio();
  const [text, setText] = useParam("runs", "");
  const [seedText, setSeed] = useParam("seed", "0");
  const [log, setLog] = useParam("log", "");
  const names = [...new Set(text.split(",").filter(Boolean))].slice(0, LOOKS.length);
  const [runs, missing] = useRuns(names);
  const seed = Math.max(0, Math.round(Number(seedText)) || 0);
  const set = (all) => setText(all.join());
  const left = known.filter((r) => !names.includes(r.name));
  return html`<nav class="crumbs" aria-label="Where this is"><a href="/workshop">Workshop</a> <span aria-hidden="true">/</span> <span aria-current="page">Compare</span></nav>
    <h1>Compare runs</h1>
    <ul class="compared">${names.map((n, i) => html`<li key=${n}><svg class="stroke" viewBox="0 0 24 8" aria-hidden="true"><line x1="0" y1="4" x2="24" y2="4" stroke=${`var(${LOOKS[i].colour})`} stroke-width="3" stroke-dasharray=${(LOOKS[i].dash ?? []).join(" ")} /></svg>
        <a href=${page(n)}>${n}</a> <button type="button" class="quiet small-button" onClick=${() => set(names.filter((x) => x !== n))}>Leave out<span class="unseen"> ${n}</span></button></li>`)}
      ${left.length > 0 && names.length < LOOKS.length && html`<li><label class="inline"><span class="unseen">Add a run</span><select value="" onChange=${(e) => { if (e.currentTarget.value) set([...names, e.currentTarget.value]); }}><option value="">Add a run …</option>${left.map((r) => html`<option key=${r.name} value=${r.name}>${r.name}</option>`)}</select></label></li>`}</ul>
    ${missing.map((n) => html`<${Note} key=${n} kind="warning">There is no run called ${n} any more.<//>`)}
    ${names.length < 2 ? html`<p class="waiting">Nothing to compare yet: add two or more runs here, or tick them among all runs.</p>` : runs.length > 0 && html`
      <${Scores} runs=${runs} />
      <${Drawn} runs=${runs} log=${log === "1"} onLog=${() => setLog(log ? null : "1")} />
      <${Made} runs=${runs.filter((r) => r.capabilities.includes("sample"))} seed=${seed} onSeed=${setSeed} />
      <${Differences} runs=${runs} />`}`;
}

/** @param {string[]} names @returns {[any[], string[]]} the runs in the order asked, and the names of those that are gone */
function useRuns(names) {
  const { connected, runs } = useStudio();
  const [found, set] = useState(/** @type {Record<string, any>} */ ({}));
  const states = names.map((n) => runs.find((r) => r.name === n)?.state ?? "gone").join();
  useEffect(() => {
    let here = true;
    names.forEach((n) => get(address(n)).then((run) => here && set((old) => ({ ...old, [n]: run })), (e) => here && e.status === 404 && set((old) => ({ ...old, [n]: null }))));
    return () => { here = false; };
  }, [names.join(), states, connected]);
  useNews("run", (m) => set((old) => (old[m.run.name] ? { ...old, [m.run.name]: { ...old[m.run.name], ...m.run, log: joined(old[m.run.name].log, m.log) } } : old)), []);
  return [names.map((n) => found[n]).filter(Boolean), names.filter((n) => found[n] === null)];
}

/** @param {{runs: any[]}} props */
function Scores({ runs }) {
  const names = [...new Set(runs.flatMap((r) => Object.keys(r.result)))];
  return html`<section><h2 id="scores">Scores on the test examples</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="scores"><table><thead><tr><th scope="col">Run</th><th scope="col">State</th><th scope="col">Kind</th>${names.map((n) => html`<th key=${n} scope="col">${scoreWords(n)}</th>`)}</tr></thead>
      <tbody>${runs.map((r) => html`<tr key=${r.name}><th scope="row">${r.name}</th><td><${State} of=${r} /></td><td><span class=${`tag ${sideOf(r.model)}`}>${nameOf(r.model)}</span></td>${names.map((n) => html`<td key=${n} class="number">${scoreValue(n, r.result[n])}</td>`)}</tr>`)}</tbody></table></div>
    <p class="small">A dash means that this run has no such score: it has not finished, or its kind is not scored so. Scores of different data cannot be compared.</p></section>`;
}

function Drawn({ runs, log, onLog }) {
  const [names, shared] = useMemo(() => {
    const sets = runs.map((r) => new Set(r.log.flatMap((line) => Object.keys(line.scores?.validation ?? {}))));
    const all = [...new Set(sets.flatMap((s) => [...s]))];
    const common = all.filter((n) => sets.filter((s) => s.has(n)).length > 1);
    return common.length ? [common, true] : [all, false];
  }, [runs.map((r) => r.name + (r.log.length > 4)).join()]);
  return html`<section aria-labelledby="curves"><div class="tools"><h2 id="curves">Curves on held-out examples</h2><label class="tick"><input type="checkbox" checked=${log} onChange=${onLog} /><span>Logarithmic axis</span></label></div>
    ${!shared && html`<p class="small">These runs share no score: their kinds are scored by different things, so each has curves of its own.</p>`}
    <div class="charts">${names.map((n) => html`<${Chart} key=${n} title=${scoreWords(n)} log=${log} series=${runs.map((r, i) => ({ label: r.name, ...LOOKS[i], points: points(r.log, n, "validation") })).filter((s) => s.points.length)} />`)}</div></section>`;
}

function Made({ runs, seed, onSeed }) {
  if (!runs.length) return null;
  return html`<section aria-labelledby="made"><div class="tools"><h2 id="made">What they make of one seed</h2>
      <div class="row"><label class="inline">Seed <input class="number short" type="number" min="0" value=${seed} onChange=${(e) => onSeed(e.currentTarget.value)} /></label><button type="button" class="quiet" onClick=${() => onSeed(String(Math.floor(Math.random() * 1e6)))}>Another</button></div></div>
    <div class="halves">${runs.map((r) => html`<${Samples} key=${r.name} run=${r} seed=${seed} />`)}</div></section>`;
}

function Samples({ run, seed }) {
  const ready = run.states.length > 0;
  const [made, refusal] = useAsk(run.name, ready ? "sample" : null, { n: run.kind === "points" ? 500 : 12, seed, stamp: run.states.at(-1) }, `workshop/compare/${run.name}`);
  return html`<section class="card stack" aria-label=${run.name}><h3>${run.name}</h3>
    ${!ready ? html`<p class="waiting">No checkpoint yet.</p>` : refusal ? html`<${Note} kind="failure">${refusal}<//>` : made?.points ? html`<${Points} points=${made.points} alt=${`500 points of ${run.name}.`} size="large" />` : html`<${Sheet} pictures=${made?.pictures} alts=${(i) => `Sample ${i + 1} of ${run.name}.`} size="medium" label=${`Samples of ${run.name}`} />`}</section>`;
}

function Differences({ runs }) {
  const each = runs.map((r) => ({ "model.name": r.model, ...Object.fromEntries(settingsOf(r.recipe)) }));
  const paths = [...new Set(each.flatMap(Object.keys))].filter((p) => new Set(each.map((s) => JSON.stringify(s[p] ?? null))).size > 1);
  return html`<section><h2 id="settings">What was set otherwise</h2>
    ${!paths.length ? html`<p>Every setting is the same.</p>` : html`<div class="scroll" tabindex="0" role="region" aria-labelledby="settings"><table><thead><tr><th scope="col">Setting</th>${runs.map((r) => html`<th key=${r.name} scope="col">${r.name}</th>`)}</tr></thead>
      <tbody>${paths.map((p) => html`<tr key=${p}><th scope="row"><code>${p}</code></th>${each.map((s, i) => html`<td key=${i}>${p in s ? (s[p] == null ? "auto" : short(s[p])) : "–"}</td>`)}</tr>`)}</tbody></table></div>`}</section>`;
}
