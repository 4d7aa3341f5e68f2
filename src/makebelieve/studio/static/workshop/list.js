// All runs, live: what each is, how far it came, what it makes now; and the queue.
import { html, useEffect, useState } from "../kit/html.js";
import { get, post } from "../kit/api.js";
import { useNews, useStudio } from "../kit/live.js";
import { go, useParam } from "../kit/url.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { Note } from "../kit/ui.js";
import { Delete, Rename } from "./dialogs.js";
import { address, page, useTry } from "./use-run.js";
import { State } from "./state.js";
import { count, headline, left, nameOf, scoreValue, scoreWords, sideOf } from "./words.js";

const ORDERS = { newest: "newest first", name: "by name", model: "by kind" };
const sorted = {
  newest: (a, b) => (b.created ?? "").localeCompare(a.created ?? ""),
  name: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }),
  model: (a, b) => a.model.localeCompare(b.model) || (b.created ?? "").localeCompare(a.created ?? ""),
};

export function List() {
  const { runs, jobs, known } = useStudio();
  const [order, setOrder] = useParam("order", "newest");
  const [find, setFind] = useParam("find", "");
  const [chosenText, choose] = useParam("chosen", "");
  const [deleting, setDeleting] = useState(null);
  const [renaming, setRenaming] = useState(null);
  const chosen = chosenText.split(",").filter((name) => runs.some((r) => r.name === name));
  const turn = (name) => choose((chosen.includes(name) ? chosen.filter((n) => n !== name) : [...chosen, name]).join(","));
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (r) => words.every((w) => `${r.name} ${r.model} ${r.source} ${r.state}`.toLowerCase().includes(w));
  const shown = runs.filter(fits).sort(sorted[order] ?? sorted.newest);

  return html`<div class="head"><div><h1>Workshop</h1>
      <p class="lead">Train on your own pictures, watch it happen, and look into what was learned. Nothing leaves this machine.</p></div>
      <a class="button" href="/workshop/new">New training</a></div>
    <${Queue} jobs=${jobs} />
    ${!known ? html`<p class="waiting" aria-busy="true">Looking for runs …</p>` : !runs.length ? html`<${Empty} />` : html`
      <section aria-labelledby="all-runs">
        <div class="tools"><h2 id="all-runs">Runs <span class="muted">${runs.length}</span></h2>
          <div class="row">
            <label class="inline"><span class="unseen">Find runs</span><input type="search" value=${find} placeholder="Find a run" onInput=${(e) => setFind(e.currentTarget.value)} /></label>
            <label class="inline"><span class="unseen">Order</span><select value=${order} onChange=${(e) => setOrder(e.currentTarget.value)}>${Object.entries(ORDERS).map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}</select></label>
          </div></div>
        <div class=${`chosen ${chosen.length ? "" : "none"}`} role="group" aria-label="The chosen runs">
          <span role="status">${chosen.length ? `${chosen.length} chosen` : "Tick two or more runs to compare them."}</span>
          ${chosen.length > 0 && html`<div class="row">
            <button type="button" disabled=${chosen.length < 2} onClick=${() => go(`/workshop/compare?runs=${encodeURIComponent(chosen.join())}`)}>Compare</button>
            <button type="button" class="quiet" onClick=${() => setDeleting(chosen)}>Delete …</button>
            <button type="button" class="quiet" onClick=${() => choose("")}>Choose none</button></div>`}
        </div>
        <ul class="runs">${shown.map((run) => html`<${Item} key=${run.name} run=${run} on=${chosen.includes(run.name)} onTurn=${() => turn(run.name)} onDelete=${() => setDeleting([run.name])} onRename=${() => setRenaming(run.name)} />`)}</ul>
        ${!shown.length && html`<p>No run fits “${find}”. <button type="button" class="quiet" onClick=${() => setFind("")}>Show all</button></p>`}
      </section>`}
    ${deleting && html`<${Delete} names=${deleting} onClose=${() => setDeleting(null)} onDone=${() => { choose(""); setDeleting(null); }} />`}
    ${renaming && html`<${Rename} name=${renaming} onClose=${() => setRenaming(null)} onDone=${(to) => { say(`It is called ${to} now.`); setRenaming(null); }} />`}`;
}

function Empty() {
  return html`<div class="empty card"><h2>No runs yet</h2>
    <p>A run is one training and everything it leaves behind. Start with the faces that come with the package, or drop in a folder of your own pictures.</p>
    <p class="row"><a class="button" href="/workshop/new">New training</a><a class="button quiet" href="/workshop/new?step=model&source=avatars">Use the faces</a></p></div>`;
}

/** @param {{run: any, on: boolean, onTurn: () => void, onDelete: () => void, onRename: () => void}} props */
function Item({ run, on, onTurn, onDelete, onRename }) {
  const score = headline(run);
  const busy = run.state === "running";
  return html`<li class=${`run card ${on ? "on" : ""}`}>
    <${Thumbnail} run=${run} />
    <div class="run-words">
      <h3><a href=${page(run.name)}>${run.name}</a></h3>
      <p class="facts"><span class=${`tag ${sideOf(run.model)}`}>${nameOf(run.model)}</span> ${run.source.split("/").at(-1)}</p>
      <p class="facts"><${State} of=${run} />
        ${busy && run.share > 0 ? html` <span class="muted">${Math.round(100 * run.share)} %${run.left ? `, ${left(run.left)}` : ""}</span>` : html` <span class="muted">${count(run.seen)} examples</span>`}</p>
      ${score && html`<p class="facts"><span class="muted">${scoreWords(score.name)}</span> <b>${scoreValue(score.name, score.value)}</b></p>`}
      ${busy && html`<progress max="1" value=${run.share} aria-label=${`Progress of ${run.name}`}></progress>`}
    </div>
    <div class="run-tools">
      <label class="tick"><input type="checkbox" checked=${on} onChange=${onTurn} /><span>Compare<span class="unseen"> ${run.name}</span></span></label>
      <button type="button" class="quiet small-button" onClick=${onRename} disabled=${busy}>Rename<span class="unseen"> ${run.name}</span></button>
      <button type="button" class="quiet small-button" onClick=${onDelete} disabled=${busy}>Delete<span class="unseen"> ${run.name}</span></button>
    </div></li>`;
}

/** The newest sheet of samples; asked for again when there is a newer one. @param {{run: any}} props */
export function Thumbnail({ run }) {
  const [file, set] = useState(run.sample ?? null);
  useEffect(() => {
    if (run.sample !== undefined) return set(run.sample);
    if (!run.capabilities?.includes("sample")) return undefined;
    get(address(run.name)).then((found) => set(found.samples.at(-1)?.file ?? null), () => {});
  }, [run.name, run.state, run.sample]);
  useNews("sample", (m) => m.run === run.name && set(m.file), [run.name]);
  if (!file) return html`<div class=${`thumbnail blank ${sideOf(run.model)}`} aria-hidden="true">${run.model === "judge" ? "?" : "…"}</div>`;
  return html`<div class=${`thumbnail ${run.kind === "points" ? "whole" : ""}`}><img src=${`${address(run.name)}/files/samples/${file}`} alt="" loading="lazy" decoding="async" /></div>`;
}

/** @param {{jobs: any[]}} props */
function Queue({ jobs }) {
  const open = jobs.filter((j) => ["running", "queued"].includes(j.state));
  const [seen, setSeen] = useStored("workshop/failures-seen", []);
  const failed = jobs.filter((j) => j.state === "failed" && !seen.includes(j.id)).slice(-3);
  if (!open.length && !failed.length) return null;
  return html`<section aria-labelledby="queue" class="queue"><h2 id="queue">At work</h2>
    <ul class="jobs">${open.map((job) => html`<${Job} key=${job.id} job=${job} />`)}</ul>
    ${failed.map((job) => html`<${Note} key=${job.id} kind="warning" title=${`${job.title ?? job.run ?? "A job"} failed.`}>${job.why} <button type="button" class="quiet small-button" onClick=${() => setSeen((old) => [...old.slice(-50), job.id])}>Put away<span class="unseen"> this message</span></button><//>`)}</section>`;
}

function Job({ job }) {
  const [attempt, refusal, busy] = useTry();
  const title = job.title ?? `${job.kind} ${job.run ?? ""}`;
  return html`<li class="job"><span class="job-name">${job.run ? html`<a href=${page(job.run)}>${title}</a>` : title}</span>
    ${job.state === "queued" ? html`<span class="muted">waiting for its turn</span>` : html`<progress max="1" value=${job.share ?? undefined} aria-label=${`Progress of ${title}`}></progress><span class="muted number">${Math.round(100 * (job.share ?? 0))} %${job.left ? `, ${left(job.left)}` : ""}</span>`}
    <button type="button" class="quiet small-button" disabled=${busy} onClick=${() => attempt(() => post(`/api/jobs/${encodeURIComponent(job.id)}/stop`))}>${job.state === "queued" ? "Take out of the queue" : "Stop"}<span class="unseen"> ${title}</span></button>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}</li>`;
}
