// What the judge says: of held-out pictures, of one's own, and of noise.
import { html, useState } from "../kit/html.js";
import { base64 } from "../kit/paint.js";
import { useStudio } from "../kit/live.js";
import { useParam } from "../kit/url.js";
import { Choice, Note } from "../kit/ui.js";
import { DropPicture } from "./drop-picture.js";
import { Shown, useAsk } from "./shown.js";

/** @param {{run: any}} props */
export function Verdicts({ run }) {
  const { runs } = useStudio();
  const [of, setOf] = useParam("of", "rows");
  const [seedText, setSeed] = useParam("n", "0");
  const [own, setOwn] = useState(/** @type {Uint8Array | null} */ (null));
  const makers = runs.filter((r) => r.capabilities?.includes("sample") && r.states !== 0 && String(r.shape) === String(run.shape));
  const [maker, setMaker] = useParam("maker", makers[0]?.name ?? "");
  const seed = Math.max(0, Math.round(Number(seedText)) || 0);
  const what = { rows: { n: 12, seed }, noise: { noise: 12, seed }, own: own && { pixels: base64(own) }, made: maker && { of: maker, n: 12, seed } }[of];
  const [found, refusal] = useAsk(run.name, what ? "judge" : null, { ...what, stamp: run.states.at(-1) }, "workshop/judge");
  const pictures = run.kind === "pictures";
  return html`<div class="row tools"><${Choice} label="Show it" value=${of} onChange=${setOf} options=${[["rows", "Held-out ones"], ...(pictures ? [["own", "My own picture"], ["noise", "Pure noise"]] : []), ...(makers.length ? [["made", "What a maker made"]] : [])]} />
      ${of === "made" && html`<label class="inline">Maker <select value=${maker} onChange=${(e) => setMaker(e.currentTarget.value)}>${makers.map((m) => html`<option key=${m.name} value=${m.name}>${m.name}</option>`)}</select></label>`}
      ${of !== "own" && html`<button type="button" class="judge" onClick=${() => setSeed(String(Math.floor(Math.random() * 1e5)))}>Twelve others</button>`}</div>
    ${of === "own" && html`<${DropPicture} run=${run} given=${own} onPicture=${setOwn} />`}
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    ${of === "noise" && html`<${Note}>No noise was among what it learned from, and “neither” is not among its answers: it is as sure as ever, of nothing.<//>`}
    ${found?.verdicts ? html`<ul class="verdicts">${found.verdicts.map((v, i) => html`<li key=${i} class="card"><${Shown} answer=${found} i=${i} alt=${`Picture ${i + 1}.`} size="medium" />
        <div><p><b class="is-judge">${v.label}</b> <span class="number">${(100 * v.confidence).toFixed(0)} %</span></p>${truth(run, found, i)}
        <ul class="bars">${ranked(v.probabilities).map(([name, p]) => html`<li key=${name}><span>${name}</span><progress max="1" value=${p} aria-label=${`${name}: ${Math.round(100 * p)} per cent`}></progress></li>`)}</ul></div></li>`)}</ul>` : what && html`<p class="waiting" aria-busy="true">Asking the judge …</p>`}`;
}

/** @param {Record<string, number>} all */
const ranked = (all) => Object.entries(all).sort((a, b) => b[1] - a[1]).slice(0, 4);

/** What the label says, where there is one. */
function truth(run, found, i) {
  const column = Object.entries(found.labels ?? {}).find(([, values]) => values.every((v) => v == null || run.classes.includes(v)));
  if (!column) return null;
  const real = column[1][i];
  if (real == null) return null;
  const right = real === found.verdicts[i].label;
  return html`<p class=${`small state ${right ? "good" : "failure"}`}><span aria-hidden="true">${right ? "✓" : "✕"}</span> labelled ${real}</p>`;
}
