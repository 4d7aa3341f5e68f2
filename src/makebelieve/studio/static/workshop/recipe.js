// Everything that made this run, and the command that makes it again.
import { html } from "../kit/html.js";
import { Command, Note } from "../kit/ui.js";
import { useAsk } from "./shown.js";
import { count, short } from "./words.js";

/** All settings by path, the model's name left out. @param {any} recipe @returns {[string, any][]} */
export const settingsOf = (recipe) =>
  ["model", "data", "training"].flatMap((part) => Object.entries(recipe?.[part] ?? {}).filter(([k]) => !(part === "model" && k === "name")).map(([k, v]) => [`${part}.${k}`, v]));

/** @param {{run: any}} props */
export function Recipe({ run }) {
  const about = run.about ?? {};
  const [again, refusal] = useAsk(run.name, "again", {});
  const facts = [
    ["began", run.created ? new Date(run.created).toLocaleString("en-GB") : null],
    ["makebelieve", about.makebelieve], ["PyTorch", about.torch], ["Python", about.python], ["system", about.platform], ["threads", about.threads],
    ["parameters", about.parameters && Object.entries(about.parameters).map(([k, v]) => `${k} ${count(v)}`).join(", ")],
    ["data", about.data && ["train", "validation", "test"].map((s) => `${count(about.data[s])} ${s}`).join(", ")],
    ["about the data", about.data?.about], ["fingerprint of the data", about.data?.fingerprint],
  ].filter(([, v]) => v != null && v !== "");
  return html`<div class="stack">
    <section class="card stack"><h2>Make it again</h2>${refusal ? html`<${Note} kind="warning">${refusal}<//>` : html`<${Command} of=${again?.command ?? "…"} />`}<p class="small">With the same versions, the same kind of processor and as many threads, the numbers come out the same.</p></section>
    <div class="halves"><section class="card stack"><h2>Settings</h2><${Rows} rows=${settingsOf(run.recipe).map(([k, v]) => [html`<code>${k}</code>${again?.chosen.includes(k) ? html` <span class="tag">chosen</span>` : ""}`, v == null ? "auto" : short(v)])} label="Settings" /></section>
      <section class="card stack"><h2>Where it was made</h2><${Rows} rows=${facts.map(([k, v]) => [k, short(v)])} label="Where it was made" /></section></div></div>`;
}

/** @param {{rows: [any, any][], label: string}} props */
export function Rows({ rows, label }) {
  return html`<table aria-label=${label}><tbody>${rows.map(([k, v], i) => html`<tr key=${i}><th scope="row">${k}</th><td>${v}</td></tr>`)}</tbody></table>`;
}
