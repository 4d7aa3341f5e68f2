// The map of the codes: held-out examples as marks, and under the cursor what the model makes there.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { useParam } from "../kit/url.js";
import { Note } from "../kit/ui.js";
import { say } from "../kit/say.js";
import { Shown, useAsk } from "./shown.js";
import { ink, useTheme } from "./ink.js";

const SIDE = 640;
/** @param {{run: any}} props */
export function Map({ run }) {
  const [found, refusal] = useAsk(run.name, "map", { n: 1_000, stamp: run.states.at(-1) });
  if (refusal) return html`<${Note} kind="failure">${refusal}<//>`;
  if (!found) return html`<p class="waiting" aria-busy="true">Drawing the map: a thousand held-out examples are turned into codes${run.capabilities.includes("encode") ? "" : ". This model cannot encode, so the codes that come nearest are searched for, which can take a minute"} …</p>`;
  return html`<${Chart} run=${run} map=${found} />`;
}

/** @param {{run: any, map: any}} props */
function Chart({ run, map }) {
  const [[x0, x1], [y0, y1]] = map.extent;
  const [at, setAt] = useParam("at", "0,0");
  const [x, y] = parsed(at, map.extent);
  const dots = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const said = useRef(0);
  const z = codeAt(map, x, y);
  const [made, wrong] = useAsk(run.name, "decode", { z: [z] }, "workshop/map");
  const [cloud] = useAsk(run.name, run.kind === "points" ? "sample" : null, { n: 500, seed: 0 });
  const names = map.classes.slice(0, SHAPES.length);
  const theme = useTheme();
  useEffect(() => { drawDots(dots.current, map); }, [map, theme]);

  const move = (nx, ny, quiet = false) => {
    const [cx, cy] = [Math.min(x1, Math.max(x0, nx)), Math.min(y1, Math.max(y0, ny))];
    setAt(`${round(cx)},${round(cy)}`);
    if (!quiet && performance.now() - said.current > 1_000) {
      said.current = performance.now();
      say(`${round(cx)}, ${round(cy)}: ${near(map, cx, cy)}`);
    }
  };
  const point = (e) => {
    const box = e.currentTarget.getBoundingClientRect();
    move(x0 + ((e.clientX - box.left) / box.width) * (x1 - x0), y1 - ((e.clientY - box.top) / box.height) * (y1 - y0), true);
  };
  const key = (e) => {
    const far = e.shiftKey ? 0.1 : 0.02;
    const to = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] }[e.key];
    if (e.key === "Home") { e.preventDefault(); return move((x0 + x1) / 2, (y0 + y1) / 2); }
    if (!to) return undefined;
    e.preventDefault();
    return move(x + to[0] * (x1 - x0), y + to[1] * (y1 - y0));
  };
  const place = [(x - x0) / (x1 - x0), (y1 - y) / (y1 - y0)];
  return html`<div class="bench of-map">
    <div class="card stack"><div class="map" tabindex="0" role="application" aria-label="Map of the codes. Arrow keys move the cursor, with Shift farther; Home goes to the middle." aria-describedby="map-words"
        onPointerMove=${point} onPointerDown=${(e) => { e.currentTarget.setPointerCapture(e.pointerId); point(e); }} onKeyDown=${key}>
        <canvas ref=${dots} width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>
        <i class="cross" aria-hidden="true" style=${{ left: `${100 * place[0]}%`, top: `${100 * place[1]}%` }}></i></div>
      ${names.length > 0 && html`<ul class="legend" aria-label=${map.column}>${names.map((n, i) => html`<li key=${n}><svg class="mark" viewBox="-8 -8 16 16" aria-hidden="true"><path d=${SHAPES[i % SHAPES.length]} fill=${`var(--kind-${i})`} /></svg> ${n}</li>`)}</ul>`}
      <p class="small">Each mark is a held-out example${map.column ? `, by its label “${map.column}”` : ""}. ${map.latent_dim === 2 ? "The code has two numbers, so this is the whole of it." : `The code has ${map.latent_dim} numbers; this is the plane in which they differ most${map.variance_shown ? ` (${Math.round(100 * map.variance_shown)} % of the variance)` : ""}.`}
        ${map.hole_share != null && ` ${Math.round(100 * map.hole_share)} % of the map is holes: places that no training code is near.`}</p></div>
    <div class="card stack centred"><${Shown} answer=${made} alt=${`What ${run.name} makes at ${round(x)}, ${round(y)}: ${near(map, x, y)}`} cloud=${cloud?.points} />
      <p id="map-words" class="number">${round(x)}, ${round(y)} <span class="muted">${near(map, x, y)}</span></p>
      ${wrong && html`<${Note} kind="failure">${wrong}<//>`}
      <p class="small">Move over the map, or focus it and use the arrow keys.</p></div></div>`;
}

const round = (v) => Number(v.toFixed(2));

function parsed(text, [[x0, x1], [y0, y1]]) {
  const [x, y] = text.split(",").map(Number);
  return Number.isFinite(x) && Number.isFinite(y) ? [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))] : [(x0 + x1) / 2, (y0 + y1) / 2];
}

/** The code of a place: of two numbers it is the place itself, else a point of the plane. */
function codeAt(map, x, y) {
  if (map.latent_dim === 2) return [x, y];
  return map.origin.map((o, i) => o + x * map.axes[0][i] + y * map.axes[1][i]);
}

/** What lies around a place, in words. */
function near(map, x, y) {
  const [[x0, x1], [y0, y1]] = map.extent;
  const away = map.codes.map(([a, b], i) => [Math.hypot((a - x) / (x1 - x0), (b - y) / (y1 - y0)), i]).sort((a, b) => a[0] - b[0]).slice(0, 5);
  if (!away.length || away[0][0] > 0.06) return "no example comes near here";
  const names = away.map(([, i]) => map.classes[map.labels[i]]).filter(Boolean);
  if (!names.length) return "among the examples";
  const most = [...new Set(names)].sort((a, b) => names.filter((n) => n === b).length - names.filter((n) => n === a).length)[0];
  return `near examples with ${map.column}: ${most}`;
}

const SHAPES = ["M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0", "M-5 -5h10v10h-10z", "M0 -6L6 5H-6z", "M0 -7L7 0L0 7L-7 0z", "M-6 -5H6L0 6z", "M-6 -2H-2V-6H2V-2H6V2H2V6H-2V2H-6z", "M-6 -1.5H6V1.5H-6z", "M-1.5 -6H1.5V6H-1.5z"];
const PATHS = SHAPES.map((d) => new Path2D(d));

/** @param {HTMLCanvasElement} canvas @param {any} map */
function drawDots(canvas, map) {
  const pen = canvas.getContext("2d");
  const [[x0, x1], [y0, y1]] = map.extent;
  const inks = SHAPES.map((_, k) => ink(`--kind-${k}`));
  pen.clearRect(0, 0, SIDE, SIDE);
  map.codes.forEach(([x, y], i) => {
    const k = Math.max(0, map.labels[i] ?? 0) % SHAPES.length;
    pen.setTransform(0.8, 0, 0, 0.8, (SIDE * (x - x0)) / (x1 - x0), (SIDE * (y1 - y)) / (y1 - y0));
    pen.globalAlpha = 0.75;
    pen.fillStyle = inks[k];
    pen.fill(PATHS[k]);
  });
  pen.setTransform(1, 0, 0, 1, 0, 0);
}
