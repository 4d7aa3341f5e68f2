// One run: how it stands, what can be done with it, and a room for each way of looking at it.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { post } from "../kit/api.js";
import { useStudio } from "../kit/live.js";
import { go, present, useParam } from "../kit/url.js";
import { say } from "../kit/say.js";
import { Command, Note } from "../kit/ui.js";
import { Curves } from "./curves.js";
import { Delete, Rename, Rewind } from "./dialogs.js";
import { Samples } from "./samples.js";
import { Codes } from "./codes.js";
import { Edit } from "./edit.js";
import { Map } from "./map.js";
import { Morph } from "./morph.js";
import { Verdicts } from "./verdicts.js";
import { Report } from "./report.js";
import { Export } from "./export.js";
import { Recipe } from "./recipe.js";
import { More } from "./more.js";
import { Diagnosis, Signs } from "./findings.js";
import { State, useStanding } from "./state.js";
import { jobOf, page, resume, trainingOf, useRun, useTry } from "./use-run.js";
import { clock, count, headline, left, nameOf, scoreValue, scoreWords, sentence, shapeWords, sideOf, STATES } from "./words.js";

const can = (...abilities) => (run) => abilities.every((a) => run.capabilities.includes(a));
const pictures = (run) => run.kind === "pictures";

/** [key, title, room, for which runs]; a room that asks the model needs a checkpoint. */
const ROOMS = [
  ["curves", "Curves", Curves, () => true, false],
  ["samples", "Samples", Samples, can("sample"), false],
  ["map", "Map", Map, can("decode"), true],
  ["codes", "Codes", Codes, can("decode"), true],
  ["morph", "Morph", Morph, can("decode"), true],
  ["edit", "Edit a picture", Edit, (run) => can("encode", "decode")(run) && pictures(run), true],
  ["verdicts", "Verdicts", Verdicts, can("judge"), true],
  ["diagnosis", "Diagnosis", Diagnosis, () => true, true],
  ["report", "Report card", Report, () => true, true],
  ["export", "Export", Export, () => true, true],
  ["recipe", "Recipe", Recipe, () => true, false],
];

/** @param {{name: string}} props */
export function Run({ name }) {
  const { run, gone, error, again } = useRun(name);
  const { jobs } = useStudio();
  const [tab, setTab] = useParam("tab", "curves");
  const tabs = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const on = /** @type {HTMLElement | null} */ (tabs.current?.querySelector("[aria-current]"));
    if (on) tabs.current.scrollLeft = on.offsetLeft - tabs.current.offsetLeft - 24;
  }, [tab, run === null]);
  const job = trainingOf(jobs, name);
  if (gone && job && job.state !== "finished") return html`<${Crumbs} name=${name} /><h1>${name}</h1><${Beginning} job=${job} />`;
  if (gone) return html`<${Crumbs} name=${name} /><h1>${name}</h1><${Note} kind="warning" title="This run is not there any more.">It was deleted or renamed, here, in another window or from a terminal. <a href="/workshop">See all runs.</a><//>`;
  if (!run) return html`<${Crumbs} name=${name} /><h1>${name}</h1>${error ? html`<${Note} kind="failure">${error.message} <button type="button" class="quiet" onClick=${again}>Try again</button><//>` : html`<p class="waiting" aria-busy="true">Opening the run …</p>`}`;
  const rooms = ROOMS.filter(([, , , fits]) => fits(run));
  const [key, title, Room, , needs] = rooms.find(([k]) => k === tab) ?? rooms[0];
  const visit = (e, to) => { if (e.metaKey || e.ctrlKey || e.shiftKey || e.button) return; e.preventDefault(); setTab(to); };
  return html`<${Crumbs} name=${name} />
    <${Head} run=${run} again=${again} />
    <${Signs} run=${run} />
    <nav class="tabs" ref=${tabs} aria-label="Ways of looking at this run">${rooms.map(([k, words]) => html`<a key=${k} href=${k === "curves" ? page(name) : `${page(name)}?tab=${k}`} aria-current=${k === key ? "page" : undefined} onClick=${(e) => visit(e, k)}>${words}</a>`)}</nav>
    <section class="room" aria-labelledby="room-title"><h2 id="room-title" class="unseen">${title}</h2>
      ${needs && !run.states.length ? html`<p class="waiting">${run.state === "running" ? "This needs a checkpoint; the first one comes soon." : "There is no checkpoint, so nothing can be asked of this run. Resume it, and let it train a little."}</p>` : html`<${Room} key=${`${name}/${key}`} run=${run} />`}
    </section>`;
}

/** A training that has no run yet: in the queue, starting, or ended before it began. @param {{job: any}} props */
function Beginning({ job }) {
  const [attempt, refusal, busy] = useTry();
  const ended = ["failed", "stopped"].includes(job.state);
  if (ended) return html`<${Note} kind=${job.state === "failed" ? "failure" : "plain"} title=${job.state === "failed" ? "The training did not begin." : "The training was called off."}>${job.why}<//>
    <p>This was asked for:</p><${Command} of=${job.command} /><p class="row"><a class="button quiet" href="/workshop/new">New training</a></p>`;
  return html`<p class="waiting" aria-busy="true">${job.state === "queued" ? "It waits for its turn: other trainings are at work." : "It begins: the data are read, the model is built …"}</p>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    <p class="row"><button type="button" class="quiet" disabled=${busy} onClick=${() => attempt(() => post(`/api/jobs/${encodeURIComponent(job.id)}/stop`))}>${job.state === "queued" ? "Take out of the queue" : "Stop"}</button></p>`;
}

/** @param {{name: string}} props */
function Crumbs({ name }) {
  return html`<nav class="crumbs" aria-label="Where this is"><a href="/workshop">Workshop</a> <span aria-hidden="true">/</span> <span aria-current="page">${name}</span></nav>`;
}

/** @param {{run: any, again: () => void}} props */
function Head({ run, again }) {
  const { jobs } = useStudio();
  const [window_, open] = useState(null);
  const [attempt, refusal, busy] = useTry();
  const job = jobOf(jobs, run.name);
  const running = run.state === "running";
  const score = headline(run);
  const order = (what, words) => attempt(async () => { await post(`/api/jobs/${encodeURIComponent(job.id)}/${what}`); say(words); again(); });
  const standing = useStanding(run);
  const goOn = () => attempt(async () => { await resume(run.name); say("It goes on."); again(); });
  useStateSaid(run, standing);
  return html`<div class="head"><div>
      <h1>${run.name}</h1>
      <p class="lead"><span class=${`tag ${sideOf(run.model)}`}>${nameOf(run.model)}</span> of <b>${run.source}</b>, ${shapeWords(run.shape, run.kind)}</p></div>
      <div class="row">
        ${running && job && html`<button type="button" class="quiet" disabled=${busy || job.asked} onClick=${() => order("pause", "Pausing; a checkpoint is kept.")}>${job.asked === "pause" ? "Pausing …" : "Pause"}</button>
          <button type="button" class="quiet" disabled=${busy || job.asked} onClick=${() => order("stop", "Stopping; a checkpoint is kept.")}>${job.asked === "stop" ? "Stopping …" : "Stop"}</button>`}
        ${!running && job?.state === "queued" && html`<button type="button" class="quiet" disabled=${busy} onClick=${() => order("stop", "Taken out of the queue.")}>Take out of the queue</button>`}
        ${!job && standing === "paused" && html`<button type="button" class="maker" disabled=${busy} onClick=${goOn}>Resume</button>`}
        ${!running && !job && !["paused", "unreadable"].includes(standing) && html`<button type="button" class=${run.state === "finished" ? "quiet" : "maker"} onClick=${() => open("resume")}>${run.state === "finished" ? "Train longer" : "Resume"} …</button>`}
        ${!running && run.states.length > 0 && html`<button type="button" class="quiet small-button" onClick=${() => open("rewind")}>Rewind …</button>`}
        <button type="button" class="quiet small-button" disabled=${running} onClick=${() => open("rename")}>Rename …</button>
        <button type="button" class="quiet small-button" disabled=${running} onClick=${() => open("delete")}>Delete …</button>
      </div></div>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    <dl class="gauges">
      <div><dt>State</dt><dd><${State} of=${run} />${running && !job && html` <span class="small">from a terminal: Ctrl-C there stops it</span>`}</dd></div>
      <div><dt>Examples seen</dt><dd class="number">${count(run.seen)}${run.total ? html` <span class="muted">of ${count(run.total)}</span>` : ""}</dd></div>
      <div><dt>Time</dt><dd class="number">${clock(run.seconds)}${running && run.left ? html` <span class="muted">${left(run.left)}</span>` : ""}</dd></div>
      ${running && html`<div><dt>Speed</dt><dd class="number">${run.seconds ? html`${count(Math.round(run.seen / run.seconds))} <span class="muted">examples a second</span>` : "–"}</dd></div>`}
      ${score && html`<div><dt>${scoreWords(score.name)}</dt><dd class="number">${scoreValue(score.name, score.value)} <span class="muted">on the test pictures</span></dd></div>`}
    </dl>
    ${running && html`<progress class="whole" max="1" value=${run.share} aria-label=${`Training of ${run.name}`}></progress>`}
    ${TITLES[standing] && html`<${Note} kind=${standing === "stopped" ? "warning" : "failure"} title=${TITLES[standing]}>${why(run, standing, trainingOf(jobs, run.name))}<//>`}
    ${window_ === "delete" && html`<${Delete} names=${[run.name]} onClose=${() => open(null)} onDone=${() => go("/workshop")} />`}
    ${window_ === "rename" && html`<${Rename} name=${run.name} onClose=${() => open(null)} onDone=${(to) => go(page(to) + present().search, { replace: true })} />`}
    ${window_ === "rewind" && html`<${Rewind} run=${run} onClose=${() => open(null)} onDone=${(to) => go(page(to))} />`}
    ${window_ === "resume" && html`<${More} run=${run} onClose=${() => open(null)} onDone=${() => { open(null); again(); }} />`}`;
}

const TITLES = { failed: "The training failed.", stopped: "The training was cut short.", unreadable: "This run cannot be read." };

function why(run, standing, training) {
  if (standing !== "stopped") return sentence(run.state === "stopped" ? training.why : run.reason);
  const last = run.states.at(-1);
  return last ? `Its program was ended from outside. Nothing up to the checkpoint at ${count(last)} examples is lost; resuming goes on from there.` : "Its program was ended from outside, before the first checkpoint. Resuming begins anew.";
}

/** Tell when the training begins, ends or breaks. @param {any} run @param {string} standing */
function useStateSaid(run, standing) {
  const [was, set] = useState(standing);
  useEffect(() => {
    if (was === standing) return;
    set(standing);
    say(`${run.name}: ${STATES[standing]?.[1] ?? standing}.`);
  }, [standing]);
}
