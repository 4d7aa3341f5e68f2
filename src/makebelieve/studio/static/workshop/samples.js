// What the maker makes: the same codes through the training, and new ones from a seed.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { useParam } from "../kit/url.js";
import { Note, Picture, Slider, calm } from "../kit/ui.js";
import { save } from "../kit/stored.js";
import { Points, useAsk } from "./shown.js";
import { address } from "./use-run.js";
import { count, short } from "./words.js";

/** @param {{run: any}} props */
export function Samples({ run }) {
  return html`<div class="halves">
    <${Through} run=${run} />
    ${run.states.length > 0 ? html`<${Fresh} run=${run} />` : html`<p class="waiting">New samples can be made from the first checkpoint on.</p>`}
  </div>`;
}

/** The sheets that the trainer drew at its checkpoints. @param {{run: any}} props */
function Through({ run }) {
  const sheets = run.samples;
  const [seen, setSeen] = useParam("at", "");
  const [playing, play] = useState(false);
  const found = sheets.findIndex((s) => String(s.seen) === seen);
  const at = found < 0 ? sheets.length - 1 : found;
  const latest = useRef({ at, sheets });
  latest.current = { at, sheets };
  const move = (i) => setSeen(i >= latest.current.sheets.length - 1 ? null : String(latest.current.sheets[i].seen));
  useEffect(() => {
    if (!playing) return undefined;
    const id = setInterval(() => {
      const { at: now, sheets: all } = latest.current;
      if (now >= all.length - 1) play(false);
      else move(now + 1);
    }, 350);
    return () => clearInterval(id);
  }, [playing]);
  // The neighbours are fetched ahead, so that scrubbing does not flicker.
  useEffect(() => { sheets.forEach((s) => { new Image().src = `${address(run.name)}/files/samples/${s.file}`; }); }, [sheets.length]);
  if (!sheets.length) return html`<section class="card stack"><h2>Through the training</h2><p class="waiting">${run.state === "running" ? "The first samples are drawn at the first checkpoint." : "No samples were drawn."}</p></section>`;
  const shown = sheets[Math.max(0, at)];
  return html`<section class="card stack" aria-labelledby="through"><h2 id="through">Through the training</h2>
    <p class="small">The same ${run.kind === "points" ? "1,000" : "64"} codes each time, drawn by the trainer itself.</p>
    <img class="sheet-image" src=${`${address(run.name)}/files/samples/${shown.file}`} alt=${`What ${run.name} made of its fixed codes after ${count(shown.seen)} examples.`} />
    <${Slider} label="Training" value=${at} min=${0} max=${Math.max(1, sheets.length - 1)} step=${1} words=${(i) => `after ${count(sheets[Math.min(Math.round(i), sheets.length - 1)].seen)} examples`} onInput=${(i) => { play(false); move(i); }} />
    <div class="row"><button type="button" class="quiet" onClick=${() => { if (!playing && at === sheets.length - 1) setSeen(String(sheets[0].seen)); play(!playing); }} disabled=${sheets.length < 2}>${playing ? "Pause" : calm() ? "Step through" : "Play"}</button>
      <a class="button quiet" download=${`${run.name}-${shown.seen}.png`} href=${`${address(run.name)}/files/samples/${shown.file}`}>Save this sheet</a></div></section>`;
}

/** @param {{run: any}} props */
function Fresh({ run }) {
  const [seedText, setSeed] = useParam("seed", "0");
  const seed = Math.max(0, Math.round(Number(seedText)) || 0);
  const n = run.kind === "points" ? 500 : 12;
  const stamp = run.states.at(-1);
  const [made, refusal] = useAsk(run.name, "sample", { n, seed, stamp }, "workshop/samples");
  const [near, noNear] = useAsk(run.kind === "pictures" ? run.name : null, run.kind === "pictures" && made ? "nearest" : null, { n, seed, stamp }, "workshop/nearest");
  return html`<section class="card stack" aria-labelledby="fresh"><h2 id="fresh">New ones</h2>
    <div class="row"><label class="inline">Seed <input class="number short" type="number" min="0" max="2147483647" step="1" value=${seed} onChange=${(e) => setSeed(e.currentTarget.value)} /></label>
      <button type="button" class="maker" onClick=${() => setSeed(String(Math.floor(Math.random() * 1e6)))}>Make ${n} others</button>
      ${made?.pictures && html`<button type="button" class="quiet" onClick=${() => saveSheet(run, made.pictures, seed)}>Save as PNG</button>`}</div>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    ${made?.points && html`<${Points} points=${made.points} alt=${`${n} new points from seed ${seed}.`} />`}
    ${made?.pictures && html`<ul class="pairs">${Array.from({ length: made.pictures.n }, (_, i) => html`<li key=${i}>
        <${Picture} pictures=${made.pictures} i=${i} alt=${`New picture ${i + 1} of seed ${seed}.`} size="pair" />
        <${Picture} pictures=${near?.pictures} i=${i} alt=${`The training picture nearest to it${near ? `, ${short(near.distances[i])} away` : ""}.`} size="pair faded" />
        <span class="small number">${near ? short(near.distances[i]) : "…"}</span></li>`)}</ul>
      <p class="small">${noNear ?? (near ? told(near) : "Looking for the nearest training picture of each …")}</p>`}
  </section>`;
}

/** @param {any} near */
function told({ distances, typical }) {
  const copies = distances.filter((d) => d < typical.low).length;
  const usual = `Under each pair stands how far apart they are; for real pictures held out of training it is ${short(typical.median)} (most lie between ${short(typical.low)} and ${short(typical.high)}).`;
  return `Left: made. Right: the nearest of the training pictures. ${usual} ${copies ? `${copies} of these ${distances.length} come nearer than almost any real picture does, so look at them closely.` : "None of these comes suspiciously near."}`;
}

/** @param {any} run @param {import("../kit/paint.js").Pictures} pictures @param {number} seed */
function saveSheet(run, pictures, seed) {
  sheet(pictures, 4).toBlob((blob) => blob && save(`${run.name}-seed-${seed}.png`, blob));
}

/** Pictures side by side on one canvas, each pixel a square. @param {any} pictures @param {number} [columns] @param {number} [least] */
export function sheet(pictures, columns = pictures.n, least = 128) {
  const scale = Math.max(1, Math.round(least / pictures.w));
  const [w, h] = [pictures.w * scale, pictures.h * scale];
  const gap = columns > 1 ? 4 : 0;
  const rows = Math.ceil(pictures.n / columns);
  const all = Object.assign(document.createElement("canvas"), { width: columns * (w + gap) - gap, height: rows * (h + gap) - gap });
  const pen = all.getContext("2d");
  pen.imageSmoothingEnabled = false;
  const one = document.createElement("canvas");
  for (let i = 0; i < pictures.n; i++) {
    pictures.draw(one, i);
    pen.drawImage(one, (i % columns) * (w + gap), Math.floor(i / columns) * (h + gap), w, h);
  }
  return all;
}
