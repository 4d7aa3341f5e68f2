// A picture squeezed through a neck of 2, 4 or 16 numbers, and what comes out again; then codes that nobody has.
import { html, useLayoutEffect, useMemo, useRef, useState } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { say } from "../kit/say.js";
import { Choice, Picture, Slider, Trained } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { LatentMap } from "./latent-map.js";
import { difference, pack, Part, percent, Reset, Row, SOURCE, Trouble, unpack, useAsk, useNewest, useRest, useTell } from "./parts.js";
import { dart } from "./plane.js";
import { described } from "./words.js";

export const params = ["code", "who", "numbers", "hole", "marks", "landed", "darts"];
const LENGTHS = [2, 4, 16];
const FACES = 8;
const LANDINGS = 8;

/** @param {{lesson: any, names: Record<string, string>}} props */
export function Hourglass({ lesson, names }) {
  const { training } = useStudio();
  const trained = (n) => training[`hourglass-${n}`]?.state === "finished";
  const [length, setLength] = useParam("code", String([4, 2, 16].find(trained) ?? 4));
  const [who, setWho] = useParam("who", "0");
  const at = Math.max(0, LENGTHS.indexOf(Number(length)));
  const key = `hourglass-${LENGTHS[at]}`;
  const faces = useAsk([null, "data", { source: SOURCE, n: FACES, seed: 5 }]);
  const [numbers, setNumbers] = useParam("numbers", "");
  const [code, setCode] = useState(() => unpack(numbers, LENGTHS[at]));
  useRest(code && pack(code), setNumbers);
  const choose = (k) => { setCode(null); setWho(k); };
  const change = (i) => { setCode(null); setLength(String(LENGTHS[Math.max(0, Math.min(LENGTHS.length - 1, i))])); };
  const i = Math.min(FACES - 1, Number(who) || 0);
  const reset = () => { choose(null); setLength(null); };
  if (!faces.answer) return html`<div class="loading" aria-busy="true"><${Trouble} of=${[faces]} /></div>`;
  const control = html`<div class="neck-control"><${Slider} label="Length of the code" min=${0} max=${LENGTHS.length - 1} step=${1} value=${at} words=${(v) => `${LENGTHS[v]} numbers`} onInput=${change} /><${Reset} onReset=${reset} /></div>`;
  return html`<${Part} title="Squeeze and rebuild">
      <div class="faces strip" role="group" aria-label="Held-out faces to squeeze">${Array.from({ length: FACES }, (_, k) => html`<button key=${k} type="button" class="face" aria-pressed=${k === i} onClick=${() => choose(String(k))}><${Picture} pictures=${faces.answer.pictures} i=${k} size="small" alt=${described(faces.answer.labels, k)} /></button>`)}</div>
      <${Trained} runs=${[key]}><${Squeezed} run=${names[key]} length=${LENGTHS[at]} at=${at} onLength=${change} faces=${faces.answer} i=${i} code=${code} onCode=${setCode}>${control}<//><//>
      ${!trained(LENGTHS[at]) && control}
      <${Lost} names=${names} />
    <//>
    <${Trained} runs=${["hourglass-2"]}><${Islands} run=${names["hourglass-2"]} judge=${{ run: names.judge, column: lesson.runs.judge.settings.labels }} /><//>
    <${Inventions} names=${names} />`;
}

function Squeezed({ run, length, at, onLength, faces, i, code, onCode, children }) {
  const asked = useAsk([run, "reconstruct", { rows: faces.rows }]);
  const spread = useAsk([run, "spread", {}]);
  const [painted, setPainted] = useState(null);
  const tell = useTell();
  const draw = useNewest(({ pictures }) => setPainted(pictures));
  useLayoutEffect(() => { if (code) draw({ ask: [run, "decode", { z: [code] }] }); else setPainted(null); }, [code, run]);
  const answer = asked.answer;
  if (!answer) return html`<div class="loading" aria-busy="true"><${Trouble} of=${[asked]} /></div>`;
  const z = code ?? answer.z[i];
  const rebuilt = code && painted ? painted : answer.pictures;
  const n = code && painted ? 0 : answer.originals + i;
  const wrong = difference(answer.pictures.one(i), rebuilt.one(n));
  const set = (k, value) => {
    onCode(z.map((v, j) => (j === k ? value : v)));
    tell(`Number ${k + 1} of the code is ${value.toFixed(1)}; the picture has changed.`);
  };
  return html`<div class="glass">
      <figure class="end"><${Picture} pictures=${answer.pictures} i=${i} size="large" alt=${`the original: ${described(faces.labels, i)}`} /><figcaption>768 numbers in</figcaption></figure>
      <${Glass} length=${length} at=${at} onLength=${onLength} />
      <figure class="end"><${Picture} pictures=${rebuilt} i=${n} size="large" alt=${`${code ? "painted from the code you changed" : "rebuilt from the code"}; ${percent(wrong)} off on average`} /><figcaption>768 numbers out</figcaption></figure>
    </div>
    ${children}
    <p class="off" role="status">${code ? "Painted from your code: " : "Rebuilt from "}${code ? "" : `${length} numbers: `}on average each colour is off by <b>${(100 * wrong).toFixed(1)} %</b>. ${code && html`<button type="button" class="quiet small-button" onClick=${() => { onCode(null); say("The face's own code again."); }}>Its own code again</button>`}</p>
    <div class=${`code n${length}`} role="group" aria-label="The code: each number can be moved"><h4>The code: move a number, and see what it means</h4>${z.map((v, k) => {
      const [m, s] = spread.answer ? [spread.answer.mean[k], Math.max(spread.answer.std[k], 1e-3)] : [0, 1];
      return html`<label key=${k}><span class="unseen">Number ${k + 1}</span><input type="range" min=${m - 3 * s} max=${m + 3 * s} step=${s / 50} value=${v} aria-valuetext=${v.toFixed(2)} onInput=${(e) => set(k, Number(e.currentTarget.value))} /><span class="small" aria-hidden="true">${v.toFixed(1)}</span></label>`;
    })}</div>`;
}

const REACH = [10, 20, 44];

/** The hourglass itself; its neck can be dragged. */
function Glass({ length, at, onLength }) {
  const svg = useRef(null);
  const pull = (event) => {
    if (!(event.buttons & 1)) return;
    const box = svg.current.getBoundingClientRect();
    const away = (Math.abs(event.clientY - box.top - box.height / 2) / box.height) * 180;
    const next = REACH.reduce((best, r, i) => (Math.abs(r - away) < Math.abs(REACH[best] - away) ? i : best), 0);
    if (next !== at) onLength(next);
  };
  const w = REACH[at];
  const cells = Array.from({ length }, (_, k) => k);
  const tall = (2 * w) / length;
  return html`<svg ref=${svg} class="hourglass" viewBox="0 0 320 180" aria-hidden="true"
    onPointerDown=${(e) => { e.currentTarget.setPointerCapture(e.pointerId); pull(e); }} onPointerMove=${pull}>
    <path class="funnel" d=${`M4 8 L136 ${90 - w} V${90 + w} L4 172 Z`} /><path class="funnel out" d=${`M316 8 L184 ${90 - w} V${90 + w} L316 172 Z`} />
    <text x="56" y="94">encoder</text><text x="264" y="94">decoder</text>
    <rect class="neck" x="136" y=${90 - w} width="48" height=${2 * w} rx="4" />
    ${cells.map((k) => html`<rect key=${k} class="number" x="142" y=${90 - w + k * tall + tall * 0.15} width="36" height=${tall * 0.7} rx="2" />`)}
    <text class="count" x="160" y=${90 - w - 10}>${length} numbers</text>
    <path class="grip" d=${`M152 ${90 + w + 12} l8 8 l8 -8`} />
  </svg>`;
}

/** How far off each length is over many held-out faces. */
function Lost({ names }) {
  return html`<div class="lost"><h4>Over 128 held-out faces</h4>${LENGTHS.map((n) => html`<${Row} key=${n} run=${`hourglass-${n}`} name=${`${n} numbers`}><${Off} run=${names[`hourglass-${n}`]} n=${n} /><//>`)}</div>`;
}

function Off({ run, n }) {
  const { answer } = useAsk([run, "reconstruct", { n: 128, seed: 0 }]);
  const off = useMemo(() => answer && mean(answer), [answer]);
  return html`<dl class="scale"><div><dt>${n} numbers</dt><dd>${off ? html`<span class="track"><span class="fill" style=${{ transform: `scaleX(${Math.min(1, off / 0.15)})` }}></span></span><span class="value">${(100 * off).toFixed(1)} % off</span>` : "..."}</dd></div></dl>`;
}

function mean({ pictures, originals }) {
  let sum = 0;
  for (let i = 0; i < originals; i++) sum += difference(pictures.one(i), pictures.one(originals + i));
  return sum / originals;
}

/** Codes of two numbers each, as they stand in the address. @param {string} text @returns {[number, number][]} */
function landings(text) {
  const n = text ? text.split("~").length : 0;
  const xs = n % 2 || n > 2 * LANDINGS ? null : unpack(text, n);
  return xs ? Array.from({ length: n / 2 }, (_, i) => [xs[2 * i], xs[2 * i + 1]]) : [];
}

/** The map of the two-number code, with water between the islands. */
function Islands({ run, judge }) {
  const [hole, setHole] = useParam("hole", "");
  const [view, setView] = useParam("marks", "codes");
  const [kept, land] = useParam("landed", "");
  const landed = landings(kept);
  const [ready, setReady] = useState(false);
  const map = useRef(null);
  const throwDart = async () => {
    const { moveTo, map: { origin, spread } } = map.current;
    const [a, b] = dart();
    const z = [origin[0] + spread[0] * a, origin[1] + spread[1] * b];
    moveTo(z);
    land(pack([...landed.slice(1 - LANDINGS), z].flat()));
  };
  return html`<${Part} title="Now sample from it: codes that no face has" kind="maker">
    <div class="row"><button type="button" class="maker" disabled=${!ready} onClick=${throwDart}>Land somewhere at random</button>
      <${Choice} label="Show on the map" hidden value=${view} options=${[["codes", "real codes"], ["both", "both"], ["pictures", "pictures"]]} onChange=${setView} />
      <${Reset} onReset=${() => { land(null); setHole(null); setView(null); map.current?.reset(); }} /></div>
    <${LatentMap} run=${run} title="The map of an autoencoder's two numbers" about="Every mark is the code of a held-out face." judge=${judge} view=${view} measured=${false} at=${unpack(hole, 2)} onAt=${(z) => setHole(pack(z))} handle=${map} onReady=${() => setReady(true)}>
      <${Landed} run=${run} codes=${landed} />
    <//>
  <//>`;
}

function Landed({ run, codes }) {
  const { answer } = useAsk(codes.length ? [run, "decode", { z: codes }] : null);
  if (!answer || !codes.length) return null;
  return html`<h4>Where you landed</h4><ul class="sheet">${Array.from({ length: answer.pictures.n }, (_, i) => html`<li key=${i}><${Picture} pictures=${answer.pictures} i=${i} size="small" alt=${`landing ${i + 1}`} /></li>`)}</ul>`;
}

const DARTS = 64;
const SHOWN = 8;

/** Random codes of each length, painted; and how many of the pictures lie far from every face. */
function Inventions({ names }) {
  const [seed, setSeed] = useParam("darts", "1");
  return html`<${Part} title="Random codes of each length" kind="maker">
    <div class="row"><button type="button" class="maker" onClick=${() => setSeed(String((Number(seed) || 1) + 1))}>Other random codes</button></div>
    ${LENGTHS.map((n) => html`<${Row} key=${n} run=${`hourglass-${n}`} name=${`${n} numbers`}><${Invented} run=${names[`hourglass-${n}`]} n=${n} seed=${Number(seed) || 1} /><//>`)}
    <p class="small">Astray: farther from the nearest training face than 95 of 100 real newcomers are. Of real faces that would be 5${"\u00a0"}%.</p>
  <//>`;
}

function Invented({ run, n, seed }) {
  const made = useAsk([run, "sample", { n: DARTS, seed }]);
  const near = useAsk(made.answer ? [run, "nearest", { z: made.answer.z }] : null);
  if (!made.answer) return html`<div class="loading" aria-busy="true"><${Trouble} of=${[made]} /></div>`;
  const astray = near.answer && near.answer.distances.filter((d) => d > near.answer.typical.high).length / DARTS;
  return html`<div class="invented"><h4>${n} numbers</h4><ul class="sheet" aria-label=${`Random codes of ${n} numbers, painted`}>${Array.from({ length: SHOWN }, (_, i) => html`<li key=${i}><${Picture} pictures=${made.answer.pictures} i=${i} size="small" alt=${`random code ${i + 1} of ${n} numbers`} /></li>`)}</ul>
    <p>${near.answer ? html`<b>${percent(astray)}</b> astray` : "..."}</p><${Trouble} of=${[near]} /></div>`;
}
