// One treatment, run here: ordered, watched, and held against the recorded run on the same seed.
import { html, useEffect, useState } from "../kit/html.js";
import { get, post } from "../kit/api.js";
import { useNews, useStudio } from "../kit/live.js";
import { paint } from "../kit/paint.js";
import { say } from "../kit/say.js";
import { Command, Note, Progress, Sheet, time } from "../kit/ui.js";
import { SmallChart } from "./chart.js";
import { Findings, Scores } from "./clinic-evidence.js";
import { changes, curve } from "./clinic-logic.js";
import { curvesOf, curveWords } from "./clinic-words.js";
import { count } from "./pieces.js";

const ENDED = ["finished", "failed", "stopped"];

/** @param {{one: any, option: any, visit: any, change: (part: any) => void, healthy: any}} props */
export function Treating({ one, option, visit, change, healthy }) {
  const { jobs, runs, connected } = useStudio();
  const [failed, fail] = useState(null);
  const [asking, ask] = useState(false);
  const job = jobs.find((j) => j.run === visit.run) ?? null;
  const run = runs.find((r) => r.name === visit.run) ?? null;
  const order = async () => {
    const name = `clinic-${one.id}-${Date.now().toString(36)}`;
    fail(null); ask(true);
    change({ run: name }); // beforehand: who leaves the page meanwhile finds the run again
    try {
      await post("/api/jobs", { kind: "train", model: option.model, source: option.source, settings: option.settings, name });
      say("The treatment is ordered.");
    } catch (e) { if (e.status) change({ run: null }); fail(e); } finally { ask(false); }
  };
  if (!Object.keys(option.settings ?? {}).length) return html`<${Note} kind="good" title="Nothing to run.">The best treatment is to leave it as it is.<//>`;
  const before = jobs.filter((j) => !ENDED.includes(j.state) && j.id !== job?.id);
  const lost = visit.run && !run && !job && !asking;
  const ready = run?.state === "finished";
  return html`<section class="treating stack" aria-label="The treatment">
    <h2>Run it</h2>
    <p class="small">An ordinary training on this machine, from the same seed. It goes on when you leave this page, and you can come back to it.</p>
    <${Command} of=${job?.command ?? option.command} />
    ${(!visit.run || lost || (job && job.state !== "finished" && ENDED.includes(job.state))) && html`
      ${lost && html`<${Note}>The run of your last try is gone; run it again to compare.<//>`}
      ${job?.state === "failed" && html`<${Note} kind="failure" title="The training failed.">${job.why}<//>`}
      ${job?.state === "stopped" && html`<${Note} kind="warning" title="It was stopped.">${job.why}<//>`}
      <div class="row"><button type="button" disabled=${asking || !connected} onClick=${order}>Run the treatment</button>
        ${before.length > 0 && html`<span class="small">The machine is busy: ${count(before.length, "job")} before yours (${before.slice(0, 3).map((j) => j.title).join(", ")}). It will wait its turn, and you may go on meanwhile.</span>`}</div>`}
    ${failed && html`<${Note} kind="failure" title="It was not begun.">${failed.message}<//>`}
    ${job && !ENDED.includes(job.state) && html`<${Watching} one=${one} job=${job} run=${run} before=${before} />`}
    ${!ready && one.treated && html`<details class="recorded"><summary>No time, or a busy machine? What it brought when it was recorded</summary><${Recorded} one=${one} healthy=${healthy} /></details>`}
    ${ready && html`<${Compared} one=${one} option=${option} run=${run} healthy=${healthy} />`}
  </section>`;
}

/** Lines of a run's log: what was there, and what comes in. @param {string | null} name */
function useLog(name) {
  const [log, set] = useState([]);
  const [sheet, show] = useState(null);
  useEffect(() => {
    let here = true;
    set([]); show(null);
    if (name) get(`/api/runs/${encodeURIComponent(name)}`).then((r) => { if (here) { set(r.log ?? []); show(r.samples?.at(-1) ?? null); } }, () => {});
    return () => { here = false; };
  }, [name]);
  useNews("run", (m) => { if (m.run?.name === name && m.log?.length) set((all) => [...all, ...m.log.filter((l) => !(l.seen <= all.at(-1)?.seen))]); }, [name]);
  useNews("sample", (m) => { if (m.run === name) show({ file: m.file, seen: m.seen }); }, [name]);
  return { log, sheet };
}

function Watching({ one, job, run, before }) {
  const { log, sheet } = useLog(run?.name ?? null);
  if (job.state === "queued") return html`<${Note} title="Waiting for its turn.">${count(before.length, "job")} before it: ${before.slice(0, 4).map((j) => j.title).join(", ")}. You may go on to the next case; this one keeps its place.<//>`;
  const share = run?.share ?? job.share ?? 0;
  return html`<div class="stack" aria-busy="true">
    <${Progress} share=${share} label=${`${Math.round(100 * share)} % trained${job.left ? `, about ${time(job.left)} left` : ""}`} />
    <div class="charts"><${Curves} one=${one} log=${log} /></div>
    ${sheet && html`<figure class="live"><img class="picture" src=${`/api/runs/${encodeURIComponent(run.name)}/files/samples/${sheet.file}`} alt=${`Samples after ${sheet.seen} examples`} /><figcaption><small>After ${sheet.seen.toLocaleString("en-GB")} examples.</small></figcaption></figure>`}
  </div>`;
}

const Curves = ({ one, log }) => curvesOf(one.model, one.evidence.curves).map((name) => {
  const [title, about] = curveWords(name);
  return html`<${SmallChart} key=${name} title=${title} name=${name} about=${about} lines=${[{ name: "recorded", kind: "other", points: one.evidence.curves[name] }, { name: "treated", kind: "this", points: curve(log, name) }]} />`;
});

function Compared({ one, option, run, healthy }) {
  const { log, sheet } = useLog(run.name);
  const [drawn, draw] = useState(null);
  const [found, set] = useState(null);
  const [failed, fail] = useState(null);
  const draws = run.kind === "pictures" && run.capabilities.includes("sample");
  useEffect(() => {
    let here = true;
    if (draws) paint(run.name, "sample", { n: 32, seed: one.seed }).then((d) => here && draw(d.pictures), (e) => here && fail(e));
    get(`/api/runs/${encodeURIComponent(run.name)}/diagnosis`).then((d) => { if (here) { set(d); say("The treated run is diagnosed."); } }, (e) => here && fail(e));
    return () => { here = false; };
  }, [run.name]);
  const same = option.model === one.model;
  return html`<section class="compared stack" aria-label="Compared">
    <h3>Before and after, on seed ${one.seed}</h3>
    <div class="beside">
      <figure><img class="picture" src=${one.evidence.samples} alt="Samples of the recorded run" /><figcaption><b>Recorded</b></figcaption></figure>
      <figure>${draws ? (drawn ? html`<div class="eight"><${Sheet} pictures=${drawn} label="Samples of the treated run" alts=${(i) => `treated, sample ${i + 1}`} /></div>` : html`<p class="small" aria-busy="true">Drawing ...</p>`)
        : sheet && one.model !== "judge" ? html`<img class="picture" src=${`/api/runs/${encodeURIComponent(run.name)}/files/samples/${sheet.file}`} alt="Samples of the treated run" />` : html`<p class="small">A judge makes no pictures; its numbers tell.</p>`}
        <figcaption><b>Treated</b>: <a href=${`/workshop/${encodeURIComponent(run.name)}`}>${run.name}</a></figcaption></figure>
    </div>
    ${same && html`<div class="charts"><${Curves} one=${one} log=${log} /></div>`}
    ${found ? html`<${Changed} before=${one.evidence.findings} after=${found.findings} />
        <${Scores} columns=${[["recorded", one.evidence.scores], ["treated", plain(found.scores)], ...(healthy ? [["a healthy run", healthy.evidence.scores]] : [])]} />`
      : failed ? html`<${Note} kind="failure" title="It could not be compared.">${failed.message}<//>` : html`<p class="small" aria-busy="true">Looking for everything that is known to go wrong; this takes some seconds ...</p>`}
  </section>`;
}

/** The treatment as it was recorded with the case, on the same seed. */
function Recorded({ one, healthy }) {
  const { treated } = one;
  return html`<div class="stack"><div class="beside">
      <figure><img class="picture" src=${one.evidence.samples} alt="Samples of the recorded run" /><figcaption><b>Before</b></figcaption></figure>
      <figure><img class="picture" src=${treated.samples} alt="Samples of the treated run" /><figcaption><b>Treated</b></figcaption></figure></div>
    <p>${treated.sentence}</p>
    <${Findings} title="Found after the treatment" of=${treated.findings} />
    <${Scores} columns=${[["before", one.evidence.scores], ["treated", treated.scores], ...(healthy ? [["a healthy run", healthy.evidence.scores]] : [])]} /></div>`;
}

const plain = (scores) => Object.fromEntries(Object.entries(scores ?? {}).map(([name, s]) => [name, typeof s === "number" ? s : s?.value]));

function Changed({ before, after }) {
  const all = changes(before, after);
  if (!all.length) return html`<${Findings} title="After the treatment" of=${after} />`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Findings before and after"><table class="changed"><caption class="unseen">Findings before and after</caption><thead><tr><th scope="col">Finding</th><th scope="col">recorded</th><th scope="col">treated</th></tr></thead>
    <tbody>${all.map(({ code, before: b, after: a }) => html`<tr key=${code}><th scope="row">${(b ?? a).name}</th>${[b, a].map((f, i) => html`<td key=${i} class=${f?.verdict ?? ""}><b>${f?.verdict ?? "not looked for"}</b>${f && html`<br /><span class="small">${f.sentence}</span>`}</td>`)}</tr>`)}</tbody></table></div>`;
}
