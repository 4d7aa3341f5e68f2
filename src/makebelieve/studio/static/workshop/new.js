// A new training, in four steps, each at its own address: data, a look at them, model, settings.
import { html, useEffect } from "../kit/html.js";
import { go, useAddress } from "../kit/url.js";
import { Note } from "../kit/ui.js";
import { say } from "../kit/say.js";
import { Data } from "./new-data.js";
import { Look } from "./new-look.js";
import { Settings } from "./new-settings.js";
import { MODELS } from "./words.js";

const STEPS = [["data", "Data"], ["look", "A look at them"], ["model", "Model"], ["settings", "Settings"]];

/** The address of a step with what was chosen so far. @param {string} step @param {Record<string, string | null>} chosen */
export function to(step, chosen) {
  const all = new URLSearchParams();
  if (step !== "data") all.set("step", step);
  Object.entries(chosen).forEach(([k, v]) => { if (v) all.set(k, v); });
  return `/workshop/new${all.size ? `?${all}` : ""}`;
}

export function New() {
  const { searchParams } = useAddress();
  const chosen = Object.fromEntries([...searchParams].filter(([k]) => k !== "step"));
  const { source, model } = chosen;
  const asked = searchParams.get("step") ?? "data";
  // A step whose choices are missing begins where they are made.
  const step = !source ? "data" : asked === "settings" && !(model in MODELS) ? "model" : STEPS.some(([k]) => k === asked) ? asked : "data";
  const at = STEPS.findIndex(([k]) => k === step);
  useEffect(() => { if (at) { say(`Step ${at + 1} of 4: ${STEPS[at][1]}.`); document.getElementById("step-title")?.focus(); } }, [step]);
  const open = (key) => key === "data" || (source && (key !== "settings" || model));
  return html`<nav class="crumbs" aria-label="Where this is"><a href="/workshop">Workshop</a> <span aria-hidden="true">/</span> <span aria-current="page">New training</span></nav>
    <h1>New training</h1>
    <ol class="steps" aria-label="Steps">${STEPS.map(([key, words], i) => html`<li key=${key} class=${i < at ? "done" : ""}>${open(key) ? html`<a href=${to(key, chosen)} aria-current=${key === step ? "step" : undefined}><b>${i + 1}</b> ${words}</a>` : html`<span><b>${i + 1}</b> ${words}</span>`}</li>`)}</ol>
    ${step !== "data" && html`<p class="small">Data: <b>${source}</b>${model ? html`, model: <b>${MODELS[model]?.name ?? model}</b>` : ""}</p>`}
    ${step === "data" && html`<${Data} chosen=${chosen} />`}
    ${step === "look" && html`<${Look} chosen=${chosen} />`}
    ${step === "model" && html`<${Models} chosen=${chosen} />`}
    ${step === "settings" && html`<${Settings} key=${`${model}/${source}`} chosen=${chosen} />`}`;
}

/** @param {{chosen: any}} props */
function Models({ chosen }) {
  return html`<section class="stack" aria-labelledby="step-title"><h2 id="step-title" tabindex="-1">What should it become?</h2>
    <ul class="models">${Object.entries(MODELS).map(([key, m]) => html`<li key=${key}><a class=${`model card ${m.side}`} href=${to("settings", { ...chosen, model: key })} aria-current=${chosen.model === key ? "true" : undefined}>
      <span class=${`tag ${m.side}`}>${m.side === "judge" ? "judge" : "maker"}</span><h3>${m.name === "judge" ? "Judge" : m.name[0].toUpperCase() + m.name.slice(1)}</h3><p>${m.gives}</p></a></li>`)}</ul>
    <${Note}>Not sure? A VAE trains calmly and can be walked through and edited with; a GAN of the same pictures makes a good second run to compare it with.<//></section>`;
}

/** Go on, and leave the way back open. @param {string} step @param {any} chosen */
export const on = (step, chosen) => go(to(step, chosen));
