// From one to the other: a slide between two codes.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { base64, paint } from "../kit/paint.js";
import { useParam } from "../kit/url.js";
import { save } from "../kit/stored.js";
import { Choice, Note, Slider, useFrames, useId } from "../kit/ui.js";
import { bytesOf } from "./drop-picture.js";
import { Points, Shown, useAsk } from "./shown.js";
import { sheet } from "./samples.js";
import { useTry } from "./use-run.js";

const STEPS = 9;

/** @param {{run: any}} props */
export function Morph({ run }) {
  const encodes = run.capabilities.includes("encode");
  const [kind, setKind] = useParam("ends", encodes ? "row" : "seed");
  const [a, setA] = useParam("a", "1");
  const [b, setB] = useParam("b", "2");
  const [own, setOwn] = useState(/** @type {Record<string, Uint8Array>} */ ({}));
  const [at, keepAt] = useParam("t", "0.5");
  const [t, setT] = useState(Math.min(1, Math.max(0, Number(at) || 0)));
  const [playing, play] = useState(false);
  const way = useRef(1);
  const from = useEnd(run, kind, a, own.a);
  const to = useEnd(run, kind, b, own.b);
  const [za, zb] = [from[0]?.z?.[0], to[0]?.z?.[0]];
  const between = za && zb ? mixed(za, zb, t, kind === "seed") : null;
  const [made, wrong] = useAsk(run.name, between ? "decode" : null, between ? { z: [between.map((v) => Math.round(v * 1e4) / 1e4)] } : {}, "workshop/morph");
  const [strip] = useAsk(run.name, between ? "decode" : null, za && zb ? { z: Array.from({ length: STEPS }, (_, i) => mixed(za, zb, i / (STEPS - 1), kind === "seed")) } : {}, "workshop/strip");
  const [cloud] = useAsk(run.name, run.kind === "points" ? "sample" : null, { n: 500, seed: 0 });
  useFrames(playing, (dt) => setT((now) => {
    const next = now + (way.current * dt) / 3;
    if (next >= 1) way.current = -1;
    if (next <= 0) way.current = 1;
    return Math.min(1, Math.max(0, next));
  }));
  const keep = () => strip?.pictures && sheet(strip.pictures, STEPS).toBlob((blob) => blob && save(`${run.name}-morph.png`, blob));
  const [attempt, unsaved, busy] = useTry();
  const animate = () => attempt(async () => {
    const frames = Array.from({ length: 4 * STEPS }, (_, i) => mixed(za, zb, i / (4 * STEPS - 1), kind === "seed"));
    const { bytes } = await paint(run.name, "decode", { z: frames, as: "webp" });
    save(`${run.name}-morph.webp`, new Blob([bytes], { type: "image/webp" }));
  });
  const refusal = unsaved ?? from[1] ?? to[1] ?? wrong;
  return html`<div class="row tools"><${Choice} label="Slide between" value=${kind} onChange=${setKind} options=${[["seed", "Two new ones"], ...(encodes ? [["row", "Two held-out ones"]] : []), ...(encodes && run.kind === "pictures" ? [["own", "Two of my own"]] : [])]} />
      ${kind !== "own" && html`<button type="button" class="quiet" onClick=${() => { setA(some()); setB(some()); }}>Two others</button>`}</div>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    <div class="morph card">
      <${End} run=${run} title="From" kind=${kind} value=${a} onValue=${setA} found=${from[0]} cloud=${cloud} own=${own.a} onOwn=${(bytes) => setOwn((o) => ({ ...o, a: bytes }))} />
      <figure class="main"><${Shown} answer=${made} alt=${`${Math.round(100 * t)} per cent of the way.`} cloud=${cloud?.points} />
        <${Slider} label="The way" value=${t} min=${0} max=${1} step=${0.01} words=${(v) => `${Math.round(100 * v)} %`} onInput=${(v) => { play(false); setT(v); keepAt(String(v)); }} ends=${["from", "to"]} />
        <div class="row centred"><button type="button" class="maker" disabled=${!between} onClick=${() => { if (playing) keepAt(t.toFixed(2)); play(!playing); }}>${playing ? "Pause" : "Play"}</button></div></figure>
      <${End} run=${run} title="To" kind=${kind} value=${b} onValue=${setB} found=${to[0]} cloud=${cloud} own=${own.b} onOwn=${(bytes) => setOwn((o) => ({ ...o, b: bytes }))} />
    </div>
    ${strip?.pictures && html`<section class="card stack" aria-labelledby="strip"><h2 id="strip">The whole way</h2><${Strip} pictures=${strip.pictures} />
      <div class="row"><button type="button" class="quiet" onClick=${keep}>Save the strip as PNG</button><button type="button" class="quiet" disabled=${busy} onClick=${animate}>Save as an animation</button></div></section>`}
    ${strip?.points && html`<section class="card stack" aria-labelledby="strip"><h2 id="strip">The whole way</h2><${Points} points=${strip.points} cloud=${cloud?.points ?? []} alt="The points along the way, over what the model makes." /></section>`}`;
}

const some = () => String(Math.floor(Math.random() * 1e4));

function useEnd(run, kind, value, own) {
  const stamp = run.states.at(-1);
  if (kind === "own") return useAsk(run.name, own ? "reconstruct" : null, own ? { pixels: base64(own), stamp } : {});
  const n = Math.max(0, Math.round(Number(value)) || 0);
  return useAsk(run.name, kind === "row" ? "reconstruct" : "sample", { n: 1, seed: n, stamp });
}

function End({ run, title, kind, value, onValue, found, cloud, own, onOwn }) {
  const id = useId("end");
  const [refusal, refuse] = useState(null);
  const take = (file) => file && bytesOf(file, run).then((b) => { refuse(null); onOwn(b); }, () => refuse(`${file.name} is not a picture that this browser can read.`));
  return html`<figure class="end" onDragOver=${(e) => kind === "own" && e.preventDefault()} onDrop=${(e) => { if (kind === "own") { e.preventDefault(); take(e.dataTransfer.files[0]); } }}>
    <figcaption>${title}</figcaption>
    ${kind === "own" && !own ? html`<div class="drop small-drop">Drop a picture</div>` : html`<${Shown} answer=${found} alt=${`${title}: ${kind === "seed" ? "a new one" : "the given one"}.`} size="large" cloud=${cloud?.points} />`}
    ${kind === "own" ? html`<label class="button quiet" for=${id}>Choose</label><input id=${id} class="unseen" type="file" accept="image/*" onChange=${(e) => take(e.currentTarget.files[0])} />` : html`<label class="inline">${kind === "seed" ? "Seed" : "Number"} <input class="number short" type="number" min="0" value=${value} onChange=${(e) => onValue(e.currentTarget.value)} /></label>`}
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}</figure>`;
}

/** @param {{pictures: any}} props */
export function Strip({ pictures, alt = "The whole way, from left to right." }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const drawn = sheet(pictures, pictures.n, 64);
    Object.assign(canvas.current, { width: drawn.width, height: drawn.height });
    canvas.current.getContext("2d").drawImage(drawn, 0, 0);
  }, [pictures]);
  return html`<canvas ref=${canvas} class="strip" role="img" aria-label=${alt}></canvas>`;
}

/**
 * A place on the way: straight between codes of pictures; on the sphere between noise, whose length means something.
 * @param {number[]} a @param {number[]} b @param {number} t @param {boolean} sphere
 */
function mixed(a, b, t, sphere) {
  const straight = a.map((v, i) => v + t * (b[i] - v));
  if (!sphere || a.length < 3) return straight;
  const [na, nb] = [Math.hypot(...a), Math.hypot(...b)];
  const angle = Math.acos(Math.min(1, Math.max(-1, a.reduce((s, v, i) => s + v * b[i], 0) / (na * nb || 1))));
  if (angle < 1e-3) return straight;
  return a.map((v, i) => (Math.sin((1 - t) * angle) * v + Math.sin(t * angle) * b[i]) / Math.sin(angle));
}
