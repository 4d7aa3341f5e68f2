// The judge learns the line between two kinds; the maker learns the thing itself.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { base64, unbase64 } from "../kit/paint.js";
import { read, write } from "../kit/stored.js";
import { Picture, Trained } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { Editor, palette } from "./editor.js";
import { Part, percent, Reset, SOURCE, Trouble, useAsk, useNewest, useRest, useTell } from "./parts.js";
import { described, named, said } from "./words.js";

export const params = ["face", "noise", "made"];
const PILE = 12;
const MADE = 6;
const SIDE = 16;

/** @param {{lesson: any, names: Record<string, string>}} props */
export function JudgeAndMaker({ lesson, names }) {
  const column = lesson.runs.judge.settings.labels ?? "glasses";
  return html`<${Trained} runs=${["judge"]}><${Judged} run=${names.judge} column=${column} /><//>
    <${Trained} runs=${["vae"]}><${Made} run=${names.vae} /><//>`;
}

const EASEL = "easel";

/** What was drawn on this face, if anything. @param {string} face @returns {Uint8Array | null} */
function easel(face) {
  try {
    const { on, pixels } = read(EASEL, {});
    const bytes = on === face ? unbase64(pixels) : null;
    return bytes?.length === 3 * SIDE * SIDE ? bytes : null;
  } catch {
    return null;
  }
}

function Judged({ run, column }) {
  const heaps = [["yes", useAsk([null, "data", { source: SOURCE, n: PILE, seed: 1, where: { [column]: "yes" } }])],
    ["no", useAsk([null, "data", { source: SOURCE, n: PILE, seed: 2, where: { [column]: "no" } }])]];
  const [chosen, choose] = useParam("face", "no-0");
  const [noise, setNoise] = useParam("noise", "");
  const dust = useAsk(noise ? [run, "judge", { noise: 12, seed: Number(noise) || 1 }] : null);
  const ready = heaps.every(([, heap]) => heap.answer);
  const colours = useMemo(() => ready && palette(heaps[1][1].answer.pictures), [ready]);
  const [drawn, setDrawn] = useState(() => easel(chosen));
  useRest(drawn, (bytes) => write(EASEL, bytes && { on: chosen, pixels: base64(bytes) }));
  const past = useRef([]);
  const [label, i] = chosen.split("-");
  const face = ready ? (heaps.find(([kind]) => kind === label) ?? heaps[0])[1].answer.pictures.one(Math.min(Number(i) || 0, PILE - 1)) : null;
  const bytes = drawn ?? face;
  const pick = (name) => { past.current = []; setDrawn(null); setNoise(null); choose(name); };
  const paint = (next, begins) => { if (begins) past.current.push(bytes); setDrawn(next); };
  const undo = () => { if (past.current.length) setDrawn(past.current.pop()); };
  const reset = () => { pick(null); };
  const blank = () => { const empty = new Uint8Array(bytes.length).fill(255); paint(empty, true); };
  if (!ready) return html`<div class="loading" aria-busy="true"><${Trouble} of=${heaps.map(([, h]) => h)} /></div>`;
  return html`<div class="judged">
    <${Part} title="The pile">
      ${heaps.map(([kind, heap]) => html`<div key=${kind} class="heap"><span class="small">${named(kind, column)}</span>
        <div class="faces">${Array.from({ length: PILE }, (_, k) => html`<button key=${k} type="button" class="face" aria-pressed=${!drawn && chosen === `${kind}-${k}`} onClick=${() => pick(`${kind}-${k}`)}>
          <${Picture} pictures=${heap.answer.pictures} i=${k} alt=${`${described(heap.answer.labels, k)}: put it on the easel`} /></button>`)}</div></div>`)}
    <//>
    <${Part} title="Your easel">
      <${Editor} bytes=${bytes} size=${SIDE} colours=${colours} label="A face of 16 by 16 pixels. Arrow keys move over it, space paints, Control Z takes back." onPaint=${paint} onUndo=${undo} />
      <div class="row tools"><button type="button" class="quiet" disabled=${!past.current.length} onClick=${undo}>Undo</button><button type="button" class="quiet" onClick=${blank}>Empty</button><${Reset} onReset=${reset} /></div>
    <//>
    <${Part} title="The judge's verdict" kind="judge">
      <${Verdict} run=${run} bytes=${bytes} column=${column} />
      <button type="button" class="judge" onClick=${() => setNoise(String((Number(noise) || 0) + 1))}>${noise ? "Hand it other noise" : "Hand it pure noise"}</button>
      ${noise && html`<${Dust} of=${dust} column=${column} />`}
    <//>
  </div>`;
}

/** The judge looks at what is on the easel, after each stroke. */
function Verdict({ run, bytes, column }) {
  const [verdict, set] = useState(null);
  const tell = useTell();
  const ask = useNewest((answer) => {
    const [v] = answer.verdicts;
    set(v);
    tell(`The judge says: ${said(v, column)}.`);
  });
  useEffect(() => { ask({ ask: [run, "judge", { pixels: base64(bytes) }] }); }, [bytes]);
  if (!verdict) return html`<p aria-busy="true">The judge looks ...</p>`;
  return html`<p class="verdict"><b>${named(verdict.label, column)}</b> <span>${percent(verdict.confidence)} sure</span></p>
    <${Scale} verdict=${verdict} column=${column} />`;
}

/** One bar for each answer; together they are always 100 %. */
function Scale({ verdict, column }) {
  return html`<dl class="scale">${Object.entries(verdict.probabilities).map(([name, p]) => html`<div key=${name}><dt>${named(name, column)}</dt>
    <dd><span class="track"><span class="fill" style=${{ transform: `scaleX(${p})` }}></span></span><span class="value">${percent(p)}</span></dd></div>`)}</dl>`;
}

function Dust({ of, column }) {
  if (!of.answer) return html`<${Trouble} of=${[of]} />`;
  const { verdicts, pictures } = of.answer;
  const sure = verdicts.filter((v) => v.confidence >= 0.9).length;
  const [answer, times] = most(verdicts.map((v) => v.label));
  const mean = verdicts.reduce((sum, v) => sum + v.confidence, 0) / verdicts.length;
  return html`<ul class="sheet dust" aria-label="Noise, and what the judge says of it">${verdicts.map((v, i) => html`<li key=${i}><${Picture} pictures=${pictures} i=${i} size="small" alt=${`noise; ${said(v, column)}`} /><span class="small" aria-hidden="true">${v.label === "yes" ? "with" : v.label === "no" ? "without" : v.label} ${percent(v.confidence)}</span></li>`)}</ul>
    <p role="status">There is no face in any of them. Yet the judge says “${named(answer, column)}” of ${times} of ${verdicts.length}, is ${percent(mean)} sure on average, and at least 90${"\u00a0"}% sure of ${sure}.</p>`;
}

/** The commonest of some words, and how often it occurs. @param {string[]} words @returns {[string, number]} */
function most(words) {
  const times = (word) => words.filter((w) => w === word).length;
  const first = words.reduce((best, word) => (times(word) > times(best) ? word : best));
  return [first, times(first)];
}

/** Brand-new faces, each beside the nearest that the maker has seen. */
function Made({ run }) {
  const [made, make] = useParam("made", "");
  const seed = Number(made) || 0;
  const asked = useAsk(made ? [run, "sample", { n: MADE, seed }] : null);
  const near = useAsk(asked.answer ? [run, "nearest", { z: asked.answer.z }] : null);
  const next = () => make(String(seed + 1));
  return html`<${Part} title="The maker" kind="maker">
    <div class="row"><button type="button" class="maker" onClick=${next}>${made ? "Ask for other faces" : "Ask for brand-new faces"}</button>
      ${made && html`<button type="button" class="quiet" onClick=${() => make(null)}>Put them away</button>`}</div>
    <${Trouble} of=${[asked, near]} />
    ${made && asked.answer && html`<${Pairs} made=${asked.answer.pictures} near=${near.busy ? null : near.answer} />`}
  <//>`;
}

function Pairs({ made, near }) {
  const typical = near?.typical;
  const far = near ? near.distances.filter((d) => d >= typical.low).length : 0;
  return html`<ul class="pairs" aria-label="New faces, each with the nearest training picture">${Array.from({ length: made.n }, (_, i) => html`<li key=${i}>
      <div class="pair"><${Picture} pictures=${made} i=${i} alt=${`new face ${i + 1}`} />${near ? html`<${Picture} pictures=${near.pictures} i=${i} alt=${`the training picture nearest to new face ${i + 1}`} />` : html`<span class="picture medium"></span>`}</div>
      <p class="small pair-names" aria-hidden="true"><span class="is-maker">new</span><span>nearest known</span></p>
      ${near && html`<${Away} distance=${near.distances[i]} typical=${typical} />`}</li>`)}</ul>
    ${near ? html`<p role="status">${far} of ${made.n} lie as far from the nearest training picture as held-out real faces do (the marked range holds nine of ten of those). Nearer than that would smell of copying.</p>` : html`<p aria-busy="true">Searching all training pictures for the nearest ...</p>`}`;
}

/** Where a distance lies in the range of the usual ones. */
function Away({ distance, typical }) {
  const end = Math.max(typical.high * 1.6, distance * 1.1);
  const at = (d) => `${(100 * d) / end}%`;
  const words = distance < typical.low ? "nearer than usual" : distance > typical.high ? "farther than usual" : "as far as usual";
  return html`<div class="away-bar" role="img" aria-label=${`distance ${distance.toPrecision(3)}: ${words}`}>
    <span class="usual" style=${{ left: at(typical.low), right: `calc(100% - ${at(typical.high)})` }}></span><span class="here" style=${{ left: at(distance) }}></span></div>
    <p class="small" aria-hidden="true">${words}</p>`;
}
