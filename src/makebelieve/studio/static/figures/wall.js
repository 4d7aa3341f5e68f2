// The front page's living picture: real faces at first, and faces that a VAE imagines once it is trained.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { useLessonRun } from "../kit/live.js";
import { paint } from "../kit/paint.js";
import { calm, useFrames } from "../kit/ui.js";
import { mix, SOURCE, useAsk, useSeen } from "./parts.js";

const SIDE = 6;
const ALL = SIDE * SIDE;
const STEPS = 12;

/** @param {{names: {vae: string}}} props */
export function Wall({ names }) {
  const vae = useLessonRun("vae");
  const real = useAsk([null, "data", { source: SOURCE, n: ALL, seed: 11 }]);
  const ready = vae.state === "finished";
  return html`<figure class="wall">${ready ? html`<${Morphing} run=${vae.run ?? names.vae} />` : html`<${Still} pictures=${real.answer?.pictures} />`}
    <figcaption class="small">${ready ? html`None of these faces was drawn by anybody: <a href=${`/workshop/runs/${vae.run}`}>${vae.run}</a> makes them up as you look.`
      : "Real training faces. As soon as the VAE is trained, this wall shows faces of its own."}</figcaption></figure>`;
}

function put(canvas, pictures, pick) {
  if (!canvas || !pictures) return;
  const { w, h } = pictures;
  if (canvas.width !== SIDE * w) Object.assign(canvas, { width: SIDE * w, height: SIDE * h });
  const pen = canvas.getContext("2d");
  for (let i = 0; i < ALL; i++) pen.putImageData(pictures.image(pick(i)), (i % SIDE) * w, Math.floor(i / SIDE) * h);
}

function Still({ pictures }) {
  const canvas = useRef(null);
  useEffect(() => put(canvas.current, pictures, (i) => i), [pictures]);
  return html`<canvas ref=${canvas} width=${SIDE * 16} height=${SIDE * 16} role="img" aria-label="A wall of 36 real faces from the training pictures"></canvas>`;
}

/** Each face turns into another one, as a wave that runs over the wall. */
function Morphing({ run }) {
  const canvas = useRef(null);
  const [box, seen] = useSeen();
  const [playing, play] = useState(!calm());
  const [failed, fail] = useState(null);
  const state = useRef({ codes: null, pictures: null, t: 0, shown: [], asking: false });
  const film = async () => {
    const s = state.current;
    s.asking = true;
    try {
      const { z } = await paint(run, "sample", { n: ALL, seed: Math.floor(Math.random() * 2 ** 31) });
      const from = s.codes ?? (await paint(run, "sample", { n: ALL, seed: 1 })).z;
      const steps = Array.from({ length: ALL * STEPS }, (_, i) => from[Math.floor(i / STEPS)].map((v, k) => mix(v, z[Math.floor(i / STEPS)][k], (i % STEPS) / (STEPS - 1))));
      const { pictures } = await paint(run, "decode", { z: steps });
      Object.assign(s, { codes: z, pictures, t: 0, shown: [] });
      put(canvas.current, pictures, (i) => i * STEPS);
    } catch (e) { fail(e.message); }
    s.asking = false;
  };
  useEffect(() => { film(); }, [run]);
  useFrames(playing && seen && !failed, (dt) => {
    const s = state.current;
    if (!s.pictures) return;
    s.t += Math.min(dt, 0.1) / 4;
    const pen = canvas.current.getContext("2d");
    const { w, h } = s.pictures;
    for (let i = 0; i < ALL; i++) {
      const wave = ((i % SIDE) + Math.floor(i / SIDE)) / (2 * SIDE);
      const share = Math.max(0, Math.min(1, (s.t - 0.55 * wave) / 0.35));
      const step = Math.round(share * (STEPS - 1));
      if (s.shown[i] === step) continue;
      s.shown[i] = step;
      pen.putImageData(s.pictures.image(i * STEPS + step), (i % SIDE) * w, Math.floor(i / SIDE) * h);
    }
    if (s.t > 1.1 && !s.asking) film();
  });
  return html`<div ref=${box}><canvas ref=${canvas} width=${SIDE * 16} height=${SIDE * 16} role="img" aria-label="A wall of 36 faces that a VAE makes up; each slowly becomes another"></canvas>
    <button type="button" class="quiet small-button" onClick=${() => play(!playing)}>${playing ? "Pause" : "Play"}</button></div>`;
}
