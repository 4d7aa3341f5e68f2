// The settings of a training: few in front, all of them on request, and the command that does the same.
import { html, useEffect, useState } from "../kit/html.js";
import { get, post } from "../kit/api.js";
import { go, useAddress } from "../kit/url.js";
import { studio } from "../kit/live.js";
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
/** What the studio sets besides, so that a run can be rewound far. */
const OWN = { "training.keep": 20 };

/** @param {{chosen: any}} props */
export function Settings({ chosen: { model, source } }) {
  const [keys, set] = useState(null);
  const [error, fail] = useState(null);
  useEffect(() => { get(`/api/recipes/${model}`).then((all) => set(all.map(known)), (e) => fail(e.message)); }, [model]);
  return html`<section class="stack" aria-labelledby="step-title"><h2 id="step-title" tabindex="-1">How should the ${nameOf(model)} be trained?</h2>
    ${error && html`<${Note} kind="failure">${error}<//>`}
    ${!keys && !error && html`<p class="waiting" aria-busy="true">Asking for the settings …</p>`}
    ${keys && html`<${Form} model=${model} source=${source} keys=${keys.filter((k) => k.path !== "data.source")} />`}</section>`;
}

/** One shape for a setting, whatever it is called on the wire. @param {any} k */
function known(k) {
  const [, about, , itself] = /^(.*?)(\s*\(None: (.*)\))?$/.exec(k.about ?? k.doc ?? "");
  const standard = k.default ?? itself?.replace(/^by /, "what suits ") ?? (k.key === "training.minutes" ? "no limit" : "none");
  return { path: k.key, standard, about, takes: k.takes ?? "", choices: k.choices ?? [], option: k.option ?? optionOf(k.key) };
}

/** How a key is spelled in a terminal. @param {string} path */
const optionOf = (path) => (path === "data.size" ? "--pixels" : `--${path.split(".")[1].replaceAll("_", "-")}`);

/** @param {{model: string, source: string, keys: any[]}} props */
function Form({ model, source, keys }) {
  const { searchParams } = useAddress();
  const given = Object.fromEntries([...searchParams].filter(([k]) => keys.some((each) => each.path === k)));
  const [find, setFind] = useState("");
  const [refusal, refuse] = useState(null);
  const [busy, turn] = useState(false);
  const front = FRONT[model].map((path) => keys.find((k) => k.path === path)).filter(Boolean);
  const rest = keys.filter((k) => !front.includes(k) && `${k.path} ${k.about}`.toLowerCase().includes(find.toLowerCase()));
  const change = (path, text) => {
    const next = new URL(location.href);
    if (text === "") next.searchParams.delete(path);
    else next.searchParams.set(path, text);
    go(next.pathname + next.search, { replace: true, keep: true });
  };
  const settings = { ...OWN, ...Object.fromEntries(Object.entries(given).map(([path, text]) => [path, valued(text, keys.find((k) => k.path === path))])) };
  const wrong = refusal && blamed(refusal, keys);
  const options = Object.fromEntries(keys.map((k) => [k.path, k.option]).filter(([, o]) => o));
  const start = async (e) => {
    e.preventDefault();
    refuse(null); turn(true);
    try {
      const job = await begun(await post("/api/jobs", { kind: "train", model, source, settings }));
      say(job.state === "queued" ? "It waits for its turn." : "The training begins.");
      go(job.run ? page(job.run) : "/workshop");
    } catch (problem) {
      refuse(problem.message); say(problem.message, "assertive");
      const field = blamed(problem.message, keys);
      requestAnimationFrame(() => document.querySelector(`[data-path="${field?.path}"]`)?.focus());
    } finally { turn(false); }
  };
  const field = (k) => html`<${Field} key=${k.path} of=${k} text=${given[k.path] ?? ""} onText=${(text) => change(k.path, text)} wrong=${wrong?.path === k.path ? refusal : null} />`;
  const hidden = wrong && !front.includes(wrong);
  return html`<form class="stack" onSubmit=${start} noValidate>
    <div class="fields card">${front.map(field)}</div>
    <details open=${hidden || undefined}><summary>All settings (${keys.length - front.length} more)</summary>
      <label class="inline">Find a setting <input type="search" value=${find} onInput=${(e) => setFind(e.currentTarget.value)} /></label>
      <div class="fields">${rest.map(field)}</div>${!rest.length && html`<p>No setting fits “${find}”.</p>`}</details>
    ${refusal && !wrong && html`<${Note} kind="failure" title="It did not begin.">${refusal}<//>`}
    <div><p class="small">The same in a terminal:</p><${Command} of=${command(model, source, settings, options)} /></div>
    <div class="row"><button type="submit" class="maker" disabled=${busy}>${busy ? "Beginning …" : "Start the training"}</button><span class="small">It goes on when this page is closed.</span></div></form>`;
}

/**
 * Wait until a training stands or has been refused: what is wrong with a setting is found where it is read,
 * by the trainer, and belongs beside its field. One that has to wait for its turn is not waited for.
 * @param {any} first @returns {Promise<any>}
 */
async function begun(first) {
  for (let i = 0; i < 480; i++) {
    await new Promise((done) => setTimeout(done, 250));
    const job = studio.jobs.find((j) => j.id === first.id) ?? first;
    if (job.state === "failed") throw new Error(job.why);
    const waits = job.state === "queued" && studio.jobs.some((j) => j.id !== job.id && j.state === "running");
    if (waits || !["queued", "running"].includes(job.state) || studio.runs.some((r) => r.name === job.run)) return job;
  }
  return first;
}

/** @param {{of: any, text: string, onText: (text: string) => void, wrong: string | null}} props */
function Field({ of, text, onText, wrong }) {
  const id = useId("setting");
  const standard = short(of.standard);
  const described = `${id}-about${wrong ? ` ${id}-wrong` : ""}`;
  const props = { id, "data-path": of.path, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined };
  const choices = of.choices.length ? of.choices : typeof of.standard === "boolean" ? ["true", "false"] : null;
  return html`<div class=${`field ${wrong ? "wrong" : ""}`}><label for=${id}>${NAMES[of.path] ?? of.path.split(".")[1].replaceAll("_", " ")}<code>${of.path}</code></label>
    ${choices ? html`<select ...${props} value=${text} onChange=${(e) => onText(e.currentTarget.value)}><option value="">${typeof of.standard === "boolean" ? String(of.standard) : standard} (unless chosen)</option>${choices.map((c) => html`<option key=${c} value=${c}>${c}</option>`)}</select>`
      : html`<input ...${props} value=${text} placeholder=${standard} autocomplete="off" spellcheck=${false} onInput=${(e) => onText(e.currentTarget.value)} />`}
    <p id=${`${id}-about`} class="small">${sentence(of.about)}${of.takes && !choices ? ` Takes ${of.takes}.` : ""}</p>
    ${wrong && html`<p id=${`${id}-wrong`} class="state failure"><span aria-hidden="true">✕</span> ${wrong}</p>`}</div>`;
}

/** What was typed, as the recipe wants it. @param {string} text @param {any} key */
function valued(text, key) {
  if (text === "true" || text === "false") return text === "true";
  if (key?.choices.length) return text;
  return /^-?[\d.]+(e-?\d+)?$/i.test(text) ? Number(text) : text;
}

/** Which setting a refusal speaks of. @param {string} sentence_ @param {any[]} keys */
function blamed(sentence_, keys) {
  const words = sentence_.match(/[\w.]+/g) ?? [];
  return keys.find((k) => words.some((w) => w.replace(/\.$/, "") === k.path)) ?? keys.find((k) => words.includes(k.path.split(".")[1]) && k.path.includes("_")) ?? null;
}
