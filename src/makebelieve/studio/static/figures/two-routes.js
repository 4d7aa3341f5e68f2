// VAE and GAN on the same faces, side by side: looks, numbers, and a blind test.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { Pictures } from "../kit/paint.js";
import { say } from "../kit/say.js";
import { Note, Picture, Slider, Trained } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { difference, Part, percent, Reset, SOURCE, Trouble, unpack, useAsk, useRest } from "./parts.js";
import { fineShare, Spectrum } from "./spectrum.js";
import { described } from "./words.js";

export const params = ["seed", "zoom", "blind", "marked", "shown", "dust"];
const SHOWN = 12;
const MEASURED = 96;

/** @param {{lesson: any, names: Record<string, string>}} props */
export function TwoRoutes({ names }) {
  return html`<${Trained} runs=${["vae", "gan"]}><${Both} names=${names} /><//><${Noised} />`;
}

function Both({ names }) {
  const [seed, setSeed] = useParam("seed", "1");
  const [zoom, setZoom] = useParam("zoom", "");
  const next = () => { setZoom(null); setSeed(String((Number(seed) || 1) + 1)); say("New samples."); };
  const key = (event) => {
    if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio],[type=checkbox],[type=range]), textarea")) return;
    event.preventDefault();
    next();
  };
  return html`<div class="routes" onKeyDown=${key}>
    <${Part} title="Side by side, each from random numbers alone">
      <div class="row"><button type="button" class="maker" onClick=${next} aria-keyshortcuts="N">New samples</button><${Reset} onReset=${() => { setSeed(null); setZoom(null); }} /></div>
      <div class="two-maps">
        <${Samples} run=${names.vae} id="vae" name="VAE" seed=${Number(seed) || 1} zoom=${zoom} onZoom=${setZoom} />
        <${Samples} run=${names.gan} id="gan" name="GAN" seed=${Number(seed) || 1} zoom=${zoom} onZoom=${setZoom} />
      </div>
    <//>
    <${Measured} names=${names} />
    <${Part} title="Which details they keep"><${Spectrum} of=${[{ run: names.vae, name: "VAE", kind: "vae", dash: "7 4" }, { run: names.gan, name: "GAN", kind: "maker" }]} /><//>
    <${Blind} names=${names} />
  </div>`;
}

function Samples({ run, id, name, seed, zoom, onZoom }) {
  const asked = useAsk([run, "sample", { n: SHOWN, seed }]);
  const at = zoom.startsWith(`${id}-`) ? Number(zoom.slice(id.length + 1)) : -1;
  if (!asked.answer) return html`<div class="loading" aria-busy="true"><${Trouble} of=${[asked]} /></div>`;
  return html`<div class="samples ${id}"><h4>${name}</h4>
    <div class="faces grid-of" role="group" aria-label=${`Samples of the ${name}; press one to see it large`}>${Array.from({ length: SHOWN }, (_, i) => html`<button key=${i} type="button" class="face" aria-pressed=${at === i} onClick=${() => onZoom(at === i ? null : `${id}-${i}`)}><${Picture} pictures=${asked.answer.pictures} i=${i} size="small" alt=${`${name}, sample ${i + 1}`} /></button>`)}</div>
    ${at >= 0 && at < SHOWN && html`<div class="zoomed"><${Picture} pictures=${asked.answer.pictures} i=${at} size="large" alt=${`${name}, sample ${at + 1}, large`} /><${Known} run=${run} z=${asked.answer.z[at]} /></div>`}</div>`;
}

function Known({ run, z }) {
  const near = useAsk([run, "nearest", { z: [z] }]);
  if (!near.answer || near.busy) return html`<p class="small" aria-busy="true">Looking for the nearest training picture ...</p>`;
  return html`<div><${Picture} pictures=${near.answer.pictures} size="medium" alt="the nearest training picture" /><p class="small">the nearest training picture</p></div>`;
}

/** How unlike each other pictures are, on average over pairs. @param {any} pictures */
function variety(pictures) {
  const all = Array.from({ length: pictures.n }, (_, i) => pictures.one(i));
  let sum = 0;
  let n = 0;
  for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j += 3) { sum += difference(all[i], all[j]); n += 1; }
  return sum / n;
}

const sure = (verdicts) => verdicts.filter((v) => v.confidence >= 0.9).length / verdicts.length;

/** The same measures of real held-out faces, of the VAE and of the GAN. */
function Measured({ names }) {
  const judged = [useAsk([names.judge, "judge", { n: MEASURED, seed: 7 }]), useAsk([names.judge, "judge", { of: names.vae, n: MEASURED, seed: 7 }]), useAsk([names.judge, "judge", { of: names.gan, n: MEASURED, seed: 7 }])];
  const near = [useAsk([names.vae, "nearest", { of: names.vae, n: MEASURED, seed: 7 }]), useAsk([names.vae, "nearest", { of: names.gan, n: MEASURED, seed: 7 }])];
  const spectrum = useAsk([null, "spectrum", { of: [names.vae, names.gan] }]);
  const varied = useMemo(() => (judged.every((j) => j.answer) ? judged.map((j) => variety(j.answer.pictures)) : null), judged.map((j) => j.answer));
  const curves = spectrum.answer?.curves;
  const rows = [
    { name: "fine detail kept", about: "of the finer half of detail, against real faces", values: curves && [1, fineShare(curves, names.vae), fineShare(curves, names.gan)], words: percent },
    { name: "the judge is sure", about: "of how many the judge of section 1 is at least 90 % sure", values: judged.every((j) => j.answer) && judged.map((j) => sure(j.answer.verdicts)), words: percent },
    { name: "variety", about: "how unlike each other they are, against real faces", values: varied && varied.map((v) => v / varied[0]), words: percent },
    { name: "newness", about: "distance to the nearest training picture, against held-out real faces", values: near.every((a) => a.answer) && [1, ...near.map((a) => middle(a.answer.distances) / a.answer.typical.median)], words: percent },
  ];
  return html`<${Part} title=${`Measured, ${MEASURED} faces each`}><${Trouble} of=${[...judged, ...near, spectrum]} />
    <div class="scroller" tabindex="0" role="group" aria-label="Table of measures"><table class="measures"><thead><tr><th scope="col">measure</th><th scope="col">real faces</th><th scope="col">VAE</th><th scope="col">GAN</th></tr></thead>
      <tbody>${rows.map((r) => html`<tr key=${r.name}><th scope="row">${r.name}<br /><span class="small">${r.about}</span></th>${[0, 1, 2].map((k) => html`<td key=${k}>${r.values ? html`<b>${r.words(r.values[k])}</b><span class="bar-in" aria-hidden="true"><span style=${{ transform: `scaleX(${Math.min(1, r.values[k] / 1.5)})` }} class=${["real", "vae", "gan"][k]}></span></span>` : "..."}</td>`)}</tr>`)}</tbody></table></div>
    <p class="small">The column of real faces is the yardstick: the same measure of held-out pictures. A maker should come close to it, not beat it.</p><//>`;
}

const middle = (xs) => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)];

/** A shuffle that a seed repeats. @param {number} seed */
function shuffled(xs, seed) {
  const all = [...xs];
  let s = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = all.length - 1; i > 0; i--) {
    s ^= s << 13; s >>>= 0; s ^= s >>> 17; s ^= s << 5; s >>>= 0;
    const j = s % (i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

const WHO = { real: "real", vae: "made by the VAE", gan: "made by the GAN" };

/** Eight faces: which ones are real? */
function Blind({ names }) {
  const [round, setRound] = useParam("blind", "1");
  const seed = 100 + (Number(round) || 1);
  const [kept, keep] = useParam("marked", "");
  const [open, reveal] = useParam("shown", "");
  const marked = kept ? (unpack(kept, kept.split("~").length) ?? []) : [];
  const mark = (i) => keep((marked.includes(i) ? marked.filter((x) => x !== i) : [...marked, i]).join("~") || null);
  const sources = { real: useAsk([null, "data", { source: SOURCE, n: 3, seed }]), vae: useAsk([names.vae, "sample", { n: 2, seed }]), gan: useAsk([names.gan, "sample", { n: 3, seed }]) };
  const order = useMemo(() => shuffled([["real", 0], ["real", 1], ["real", 2], ["vae", 0], ["vae", 1], ["gan", 0], ["gan", 1], ["gan", 2]], seed), [seed]);
  const ready = Object.values(sources).every((s) => s.answer && !s.busy);
  const hits = order.filter(([who], i) => (who === "real") === marked.includes(i)).length;
  const fooled = order.filter(([who], i) => who !== "real" && marked.includes(i)).map(([who]) => who);
  const again = () => { keep(null); reveal(null); setRound(String((Number(round) || 1) + 1)); };
  return html`<${Part} title="Blind test: three of these eight are real. Which?"><${Trouble} of=${Object.values(sources)} />
    ${ready && html`<ul class="blind">${order.map(([who, k], i) => html`<li key=${i} class=${open ? ((who === "real") === marked.includes(i) ? "right" : "wrong") : ""}>
      <label><input type="checkbox" checked=${marked.includes(i)} disabled=${Boolean(open)} onChange=${() => mark(i)} />
        <${Picture} pictures=${sources[who].answer.pictures} i=${k} alt=${`face ${i + 1}${open ? `, ${WHO[who]}` : ""}`} /><span class="small">${open ? WHO[who] : marked.includes(i) ? "real, I say" : " "}</span></label></li>`)}</ul>`}
    <div class="row"><button type="button" disabled=${Boolean(open) || !marked.length} onClick=${() => reveal("yes")}>Reveal</button><button type="button" class="quiet" onClick=${again}>Eight others</button></div>
    ${open && html`<${Note} kind=${hits === 8 ? "good" : "plain"} title=${`${hits} of 8 right.`}><span role="status">${fooled.length ? `You took ${fooled.length === 1 ? "one made face" : `${fooled.length} made faces`} for real (${[...new Set(fooled)].map((w) => WHO[w]).join(" and ")}).` : "No made face fooled you."} Look at edges: drawn pixels are of one colour, a VAE's run into each other.</span><//>`}<//>`;
}

/** What diffusion begins with: noise is only added here; taking it away is the next lesson's art. */
function Noised() {
  const [kept, keep] = useParam("dust", "0.4");
  const [level, setLevel] = useState(kept);
  useRest(level, keep);
  const face = useAsk([null, "data", { source: SOURCE, n: 1, seed: 21 }]);
  const noise = useRef(null);
  const pictures = face.answer?.pictures;
  const t = Math.max(0, Math.min(1, Number(level) || 0));
  const [shown, show] = useState(null);
  useEffect(() => {
    if (!pictures) return;
    noise.current ??= Float32Array.from({ length: pictures.bytes.length }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()));
    const bytes = Uint8Array.from(pictures.bytes, (v, i) => Math.max(0, Math.min(255, 127.5 + Math.sqrt(1 - t ** 4) * (v - 127.5) + t * t * 110 * noise.current[i])));
    show(new Pictures([1, pictures.h, pictures.w, pictures.c], bytes));
  }, [pictures, t]);
  if (!shown) return html`<div class="loading" aria-busy="true"><${Trouble} of=${[face]} /></div>`;
  return html`<${Part} title="The third route, in the next lesson: diffusion"><div class="growth">
    <${Picture} pictures=${shown} size="large" alt=${`${described(face.answer.labels, 0)}, under ${percent(t)} noise`} />
    <div class="stack"><${Slider} label="Noise" min=${0} max=${1} step=${0.01} value=${t} words=${percent} onInput=${(v) => setLevel(String(v))} ends=${["the face", "only noise"]} />
      <p>Here noise is only <em>added</em>, to a real face. A diffusion model learns the way back: from any point of this slider, what lies a little further left. From pure noise it walks left, step by step, to a face that nobody drew.</p></div></div><//>`;
}
