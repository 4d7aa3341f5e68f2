// A look at the data before anything is trained on them: what is there, and what to think of it.
import { html, useEffect, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { Command, Note, Sheet } from "../kit/ui.js";
import { Points, useAsk } from "./shown.js";
import { to } from "./new.js";
import { count, quoted, shapeWords } from "./words.js";

const FRONT = 6; // columns shown before "all"

/** @param {{chosen: any}} props */
export function Look({ chosen }) {
  const { source } = chosen;
  const [found, set] = useState(null);
  const [error, fail] = useState(null);
  const [shown, noPictures] = useAsk(null, found ? "data" : null, { source, n: found?.kind === "points" ? 1_000 : 24, seed: 0, split: "train" });
  useEffect(() => {
    let here = true;
    set(null); fail(null);
    get(`/api/data/describe?source=${encodeURIComponent(source)}`).then((d) => here && set(d), (e) => here && fail(e.message));
    return () => { here = false; };
  }, [source]);
  return html`<section class="stack" aria-labelledby="step-title"><h2 id="step-title" tabindex="-1">What is in ${source.split("/").at(-1)}?</h2>
    ${error && html`<${Note} kind="failure" title="It cannot be trained on as it is.">${error} <a href=${to("data", {})}>Choose other data.</a><//>`}
    ${!found && !error && html`<p class="waiting" aria-busy="true">Reading the pictures, looking for copies and for files that are broken …</p>`}
    ${found && html`<${Description} of=${found} shown=${shown} wrong=${noPictures} />
      <details><summary>The same in a terminal</summary><${Command} of=${`makebelieve data ${quoted(source)}`} /></details>
      <p class="row next"><a class="button" href=${to("model", chosen)}>Use these</a></p>`}
  </section>`;
}

/** @param {{of: any, shown: any, wrong: string | null}} props */
function Description({ of, shown, wrong }) {
  const [all, show] = useState(false);
  const columns = Object.entries(of.columns);
  const rows = [
    ["kind", shapeWords(of.shape, of.kind)],
    ["examples", `${count(of.count)}: ${Object.entries(of.splits).map(([k, n]) => `${count(n)} ${k}`).join(", ")}`],
    of.about && ["about", of.about],
    of.sizes && ["sizes before", sizes(of.sizes)],
    of.exact && ["equal to the byte", groups(of.exact)],
    of.near && ["nearly the same", groups(of.near)],
    of.skipped?.length && ["left out", `${count(of.skipped.length)}: ${of.skipped.slice(0, 3).map((s) => `${s.path} (${s.reason ?? s.why ?? "unusable"})`).join("; ")}`],
  ].filter(Boolean);
  return html`${of.advice.map((text) => html`<${Note} key=${text} kind="warning" title="Advice.">${text}<//>`)}
    ${of.notes.map((text) => html`<${Note} key=${text}>${text}<//>`)}
    ${!of.advice.length && html`<${Note} kind="good">Nothing about these data looks amiss.<//>`}
    <div class="halves"><div class="card stack"><h3>In numbers</h3><table aria-label="The data in numbers"><tbody>${rows.map(([k, v]) => html`<tr key=${k}><th scope="row">${k}</th><td>${v}</td></tr>`)}</tbody></table></div>
      <div class="card stack"><h3>Some of them</h3>${wrong ? html`<${Note} kind="warning">${wrong}<//>` : shown?.points ? html`<${Points} points=${shown.points} alt="A thousand points of the data." size="large" />` : html`<${Sheet} pictures=${shown?.pictures} alts=${(i) => `Example ${i + 1} of the data.`} label="Examples of the data" />`}</div></div>
    ${columns.length > 0 && html`<div class="card stack"><h3>Labels</h3><div class="scroll" tabindex="0" role="region" aria-label="Labels"><table><thead><tr><th scope="col">Column</th><th scope="col">Values</th></tr></thead>
      <tbody>${columns.slice(0, all ? undefined : FRONT).map(([name, c]) => html`<tr key=${name}><th scope="row">${name}${name === of.label_column ? html` <span class="tag">the label</span>` : ""}</th><td>${values(c, of.count)}</td></tr>`)}</tbody></table></div>
      ${columns.length > FRONT && html`<button type="button" class="quiet" aria-expanded=${all} onClick=${() => show(!all)}>${all ? `Only the first ${FRONT}` : `All ${columns.length} columns`}</button>`}</div>`}`;
}

function values({ counts, unknown }, total) {
  const all = Object.entries(counts);
  const words = all.slice(0, 6).map(([v, n]) => `${v} ${Math.round((100 * n) / total)} %`);
  return `${words.join(", ")}${all.length > 6 ? ` and ${all.length - 6} more` : ""}${unknown ? `; not known ${count(unknown)}` : ""}`;
}

const by = ([w, h]) => `${count(w)} × ${count(h)}`;
const sizes = (s) => (s.different ? `${by(s.smallest)} to ${by(s.largest)} pixels, median ${by(s.median)}` : `${by(s.median)} pixels, all of them`);
const groups = (g) => (g.groups ? `${count(g.members)} pictures in ${count(g.groups)} groups${g.straddling ? `, ${count(g.straddling)} of them across training and test` : ""}` : "none");
