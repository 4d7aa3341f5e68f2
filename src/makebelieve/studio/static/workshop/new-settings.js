// The settings of a training: few in front, all of them on request, and the command that does the same.
import { html, useEffect, useState } from "../kit/html.js";
import { get, post } from "../kit/api.js";
import { ordered } from "../kit/live.js";
import { go, present, useAddress } from "../kit/url.js";
import { say } from "../kit/say.js";
import { Command, Note, useId } from "../kit/ui.js";
import { page } from "./use-run.js";
import { command, nameOf, sentence, short } from "./words.js";

const FRONT = {
  judge: ["training.examples", "training.minutes", "data.labels", "model.size"],
  autoencoder: ["training.examples", "training.minutes", "model.latent_dim", "model.size"],
  vae: ["training.examples", "training.minutes", "model.latent_dim", "model.beta", "model.size"],
  gan: ["training.examples", "training.minutes", "model.latent_dim", "model.loss", "model.size"],
};
const NAMES = {
  "training.examples": "Examples to see in all", "training.minutes": "Minutes at most", "model.latent_dim": "Numbers in the code",
  "model.beta": "Weight of a short code (beta)", "model.size": "Size of the networks", "model.loss": "Rules of the contest", "data.labels": "Labels to judge by",
};
/** What the workshop sets unless somebody says otherwise, so that a run can be rewound far. */
const OWN = { "training.keep": "20" };

/** @param {{chosen: any}} props */
export function Settings({ chosen: { model, source } }) {
  const [keys, set] = useState(null);
  const [error, fail] = useState(null);
  useEffect(() => { get(`/api/recipes/${model}`).then((all) => set(all.map(known)), (e) => fail(e.message)); }, [model]);
  return html`<section class="stack" aria-labelledby="step-title"><h2 id="step-title" tabindex="-1">How should the ${nameOf(model)} be trained?</h2>
    ${error && html`<${Note} kind="failure">${error}<//>`}
    ${!keys && !error && html`<p class="waiting" aria-busy="true">Asking for the settings …</p>`}
    ${keys && html`<${Form} model=${model} source=${source} keys=${keys} />`}</section>`;
}

/** A setting as the form shows it. @param {any} k */
function known(k) {
  const [, about, , itself] = /^(.*?)(\s*\(None: (.*)\))?$/.exec(k.about);
  const standard = OWN[k.key] ?? k.default ?? itself?.replace(/^by /, "what suits ") ?? (k.key === "training.minutes" ? "no limit" : "none");
  return { ...k, path: k.key, standard, about };
}

/** @param {{model: string, source: string, keys: any[]}} props */
function Form({ model, source, keys }) {
  const { searchParams } = useAddress();
  const given = Object.fromEntries([...searchParams].filter(([k, text]) => text && keys.some((each) => each.path === k)));
  const settings = { ...OWN, ...given };
  const [find, setFind] = useState("");
  const [refusal, refuse] = useState(null);
  const [busy, turn] = useState(false);
  const front = FRONT[model].map((path) => keys.find((k) => k.path === path)).filter(Boolean);
  const wrong = keys.find((k) => k.path === refusal?.key);
  const rest = keys.filter((k) => !front.includes(k) && (k === wrong || `${k.path} ${k.about}`.toLowerCase().includes(find.toLowerCase())));
  const change = (path, text) => {
    const next = present();
    if (text === "") next.searchParams.delete(path);
    else next.searchParams.set(path, text);
    go(next.pathname + next.search, { replace: true, keep: true });
  };
  const start = async (e) => {
    e.preventDefault();
    refuse(null); turn(true);
    try {
      const job = await post("/api/jobs", { kind: "train", model, source, settings });
      ordered(job);
      say(job.state === "queued" ? "It waits for its turn." : "The training begins.");
      go(page(job.run));
    } catch (problem) {
      refuse(problem); say(problem.message, "assertive");
      requestAnimationFrame(() => document.querySelector(`[data-path="${problem.key}"]`)?.focus());
    } finally { turn(false); }
  };
  const field = (k) => html`<${Field} key=${k.path} of=${k} text=${given[k.path] ?? ""} onText=${(text) => change(k.path, text)} wrong=${wrong === k ? refusal.message : null} />`;
  const hidden = wrong && !front.includes(wrong);
  return html`<form class="stack" onSubmit=${start} noValidate>
    <div class="fields card">${front.map(field)}</div>
    <details open=${hidden || rest.some((k) => given[k.path]) || undefined}><summary>All settings (${keys.length - front.length} more)</summary>
      <label class="inline">Find a setting <input type="search" value=${find} onInput=${(e) => setFind(e.currentTarget.value)} /></label>
      <div class="fields">${rest.map(field)}</div>${!rest.length && html`<p>No setting fits “${find}”.</p>`}</details>
    ${refusal && !wrong && html`<${Note} kind="failure" title="It did not begin.">${refusal.message}<//>`}
    <div><p class="small">The same in a terminal:</p><${Command} of=${command(model, source, settings, keys)} /></div>
    <div class="row next"><button type="submit" class="maker" disabled=${busy}>${busy ? "Beginning …" : "Start the training"}</button><span class="small">It goes on when this page is closed.</span></div></form>`;
}

/** @param {{of: any, text: string, onText: (text: string) => void, wrong: string | null}} props */
function Field({ of, text, onText, wrong }) {
  const id = useId("setting");
  const standard = short(of.standard);
  const described = `${id}-about${wrong ? ` ${id}-wrong` : ""}`;
  const props = { id, "data-path": of.path, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined };
  const choices = of.kind === "bool" ? ["true", "false"] : of.choices.length ? of.choices : null;
  return html`<div class=${`field ${wrong ? "wrong" : ""}`}><label for=${id}>${NAMES[of.path] ?? of.path.split(".")[1].replaceAll("_", " ")}<code>${of.path}</code></label>
    ${choices ? html`<select ...${props} value=${text} onChange=${(e) => onText(e.currentTarget.value)}><option value="">${of.kind === "bool" ? String(of.standard) : standard}, as usual</option>${choices.map((c) => html`<option key=${c} value=${c}>${c}</option>`)}</select>`
      : html`<input ...${props} value=${text} placeholder=${standard} autocomplete="off" spellcheck=${false} onInput=${(e) => onText(e.currentTarget.value)} />`}
    <p id=${`${id}-about`} class="small">${sentence(of.about)}${of.takes && !choices ? ` Takes ${of.takes}.` : ""}</p>
    ${wrong && html`<p id=${`${id}-wrong`} class="state failure"><span aria-hidden="true">✕</span> ${wrong}</p>`}</div>`;
}
