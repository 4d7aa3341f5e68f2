// The bench: a code to begin with, a slider for each of its numbers and for each attribute, the picture at once.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { base64, paint } from "../kit/paint.js";
import { useNumbers, useParam } from "../kit/url.js";
import { save } from "../kit/stored.js";
import { say } from "../kit/say.js";
import { Choice, Note, Slider } from "../kit/ui.js";
import { DropPicture } from "./drop-picture.js";
import { Shown, useAsk } from "./shown.js";
import { sheet } from "./samples.js";
import { short } from "./words.js";

const FRONT = 8; // sliders shown before "all"

/** @param {{run: any, from: "seed" | "own"}} props */
export function Bench({ run, from }) {
  const encodes = run.capabilities.includes("encode");
  const [start, setStart] = useParam("from", from);
  const [number, setNumber] = useParam("n", "0");
  const [own, setOwn] = useState(/** @type {Uint8Array | null} */ (null));
  const [moves, move] = useNumbers("z");
  const [amounts, turn] = useNumbers("more");
  const afresh = (set) => (value) => { move({}); turn({}); set(value); };
  const stamp = run.states.at(-1);
  const [begun, refusal] = useStart(run, start, Number(number) || 0, own, stamp);
  const [spread] = useAsk(run.name, "spread", { stamp });
  const z0 = begun?.z?.[0];

  return html`<div class="row tools">
      <${Choice} label="Begin with" value=${start} onChange=${afresh(setStart)} options=${[["seed", "Something new"], ...(encodes ? [["row", "A held-out one"]] : []), ...(encodes && run.kind === "pictures" ? [["own", "My own picture"]] : [])]} />
      ${start !== "own" && html`<label class="inline">${start === "seed" ? "Seed" : "Number"} <input class="number short" type="number" min="0" max="2147483647" step="1" value=${number} onChange=${(e) => afresh(setNumber)(e.currentTarget.value)} /></label>
        <button type="button" class="quiet" onClick=${() => afresh(setNumber)(String(Math.floor(Math.random() * 1e5)))}>Another</button>`}
    </div>
    ${start === "own" && html`<${DropPicture} run=${run} given=${own} onPicture=${afresh(setOwn)} />`}
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    ${z0 && spread ? html`<${Sliders} run=${run} z0=${z0} spread=${spread} begun=${begun} moves=${moves} move=${move} amounts=${amounts} turn=${turn} />` : start === "own" && !own ? null : html`<p class="waiting" aria-busy="true">Asking the model …</p>`}`;
}

/** The code to begin with, and the picture it came from where there is one. */
function useStart(run, start, number, own, stamp) {
  if (start === "own") return useAsk(run.name, own ? "reconstruct" : null, own ? { pixels: base64(own), stamp } : {});
  if (start === "row") return useAsk(run.name, "reconstruct", { n: 1, seed: number, stamp });
  return useAsk(run.name, "sample", { n: 1, seed: number, stamp });
}

/**
 * @param {{run: any, z0: number[], spread: {mean: number[], std: number[], moves: number[]}, begun: any, moves: Record<string, number>, move: (all: any) => void, amounts: Record<string, number>, turn: (all: any) => void}} props
 * `moves`: numbers of the code, counted from 1, that stand elsewhere than they began
 */
function Sliders({ run, z0, spread, begun, moves, move, amounts, turn }) {
  const [directions, setDirections] = useState(/** @type {Record<string, number[]>} */ ({}));
  const asked = useRef(/** @type {Set<string>} */ (new Set()));
  const [all, setAll] = useState(false);
  const [refusal, refuse] = useState(null);
  const learning = refusal ? null : Object.keys(amounts).find((name) => !directions[name]);
  const order = useMemo(() => spread.moves.map((m, i) => [m, i]).sort((a, b) => b[0] - a[0]).map(([, i]) => i), [spread]);
  const z = z0.map((v, i) => moves[i + 1] ?? v);
  const moved = z.map((v, i) => v + Object.entries(amounts).reduce((sum, [name, a]) => sum + a * (directions[name]?.[i] ?? 0), 0));
  const [now, wrong] = useAsk(run.name, "decode", { z: [moved.map((v) => Math.round(v * 1e4) / 1e4)] }, "workshop/bench");
  const [cloud] = useAsk(run.name, run.kind === "points" ? "sample" : null, { n: 500, seed: 0 });
  const [named] = useAsk(run.kind === "pictures" ? run.name : null, run.kind === "pictures" ? "attributes" : null, {});
  const changed = moved.some((v, i) => Math.abs(v - z0[i]) > 1e-6);
  // A direction does not depend on the picture, so one ask serves every later move.
  useEffect(() => {
    for (const name of Object.keys(amounts).filter((n) => !asked.current.has(n))) {
      asked.current.add(name);
      paint(run.name, "edit", { z: [z0], attribute: name, amount: 1 }).then(
        ({ z: [there] }) => setDirections((old) => ({ ...old, [name]: there.map((v, i) => v - z0[i]) })),
        (e) => refuse(e.message),
      );
    }
  }, [Object.keys(amounts).join()]);
  const reset = () => { move({}); turn({}); say("Back at the beginning."); };
  const randomise = () => { move(Object.fromEntries(z.map((_, i) => [i + 1, spread.mean[i] + spread.std[i] * normal()]))); turn({}); say("A random code."); };
  const keep = () => now?.pictures && sheet(now.pictures, 1, 256).toBlob((blob) => blob && save(`${run.name}-edit.png`, blob));
  const shown = order.filter((i, rank) => all || rank < FRONT || i + 1 in moves);

  return html`<div class="bench">
    <div class="bench-picture card"><div class="bench-shown">
      ${begun.originals && html`<figure><${Shown} answer=${begun} i=${0} alt="The picture that was given." size="large" cloud=${cloud?.points} /><figcaption>given</figcaption></figure>
        <figure><${Shown} answer=${begun} i=${1} alt="What the model rebuilds of it, before any change." size="large" cloud=${cloud?.points} /><figcaption>rebuilt</figcaption></figure>`}
      <figure class="main"><${Shown} answer=${now ?? (begun.originals ? null : begun)} alt=${changed ? "What the model makes of the changed code." : "What the model makes of this code."} size="huge" cloud=${cloud?.points} /><figcaption>${now?.points ? `at ${now.points[0].map(short).join(", ")}` : learning ? `learning what “${worded(learning)}” changes …` : changed ? "changed" : "as it began"}</figcaption></figure></div>
      ${(refusal ?? wrong) && html`<${Note} kind="failure">${refusal ?? wrong}<//>`}
      <div class="row"><button type="button" class="quiet small-button" onClick=${reset} disabled=${!changed}>Reset</button><button type="button" class="quiet small-button" onClick=${randomise}>Random code</button>${now?.pictures && html`<button type="button" class="quiet small-button" onClick=${keep}>Save as PNG</button>`}</div></div>
    <div class="stack">
      ${named?.attributes.length > 0 && html`<${Attributes} names=${named.attributes} amounts=${amounts} onChange=${(name, v) => turn({ ...amounts, [name]: v })} />`}
      <section class="card stack" aria-labelledby="dims"><h2 id="dims">The ${z.length === 1 ? "number" : `${z.length} numbers`} of the code</h2>
        <p class="small">${z.length > 2 ? "Those that change the picture most come first; the ends are three times the usual spread." : "The ends are three times the usual spread."}</p>
        <div class="sliders">${shown.map((i) => html`<${Slider} key=${i} label=${`Number ${i + 1}`} value=${z[i]} min=${Math.min(spread.mean[i] - 3 * spread.std[i], z0[i])} max=${Math.max(spread.mean[i] + 3 * spread.std[i], z0[i])} step=${Math.max(spread.std[i], 1e-6) / 50} onInput=${(v) => move({ ...moves, [i + 1]: v })} />`)}</div>
        ${order.length > FRONT && html`<button type="button" class="quiet" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? `Only the ${FRONT} that change most` : `All ${order.length}`}</button>`}
      </section></div></div>`;
}

/** @param {{names: string[], amounts: Record<string, number>, onChange: (name: string, amount: number) => void}} props */
function Attributes({ names, amounts, onChange }) {
  const [all, setAll] = useState(false);
  const few = names.filter((n) => !n.includes("="));
  const front = few.length ? few.slice(0, FRONT) : names.slice(0, FRONT);
  const shown = names.filter((name) => all || front.includes(name) || name in amounts);
  return html`<section class="card stack" aria-labelledby="attributes"><h2 id="attributes">What the labels name</h2>
    <p class="small">Directions learned from the labels of the data. They may carry along what often comes with them.</p>
    <div class="sliders">${shown.map((name) => html`<${Slider} key=${name} label=${worded(name)} value=${amounts[name] ?? 0} min=${-3} max=${3} step=${0.05} words=${(v) => (v === 0 ? "as it is" : `${v > 0 ? "more" : "less"}, ${Math.abs(v).toFixed(2)}`)} onInput=${(v) => onChange(name, v)} />`)}</div>
    ${names.length > shown.length || all ? html`<button type="button" class="quiet" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "Fewer" : `All ${names.length}`}</button>` : null}
  </section>`;
}

/** @param {string} name of an attribute */
const worded = (name) => name.replaceAll("_", " ").replace("=", ": ");

/** A draw from the normal distribution. */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
