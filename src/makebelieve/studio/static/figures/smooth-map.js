// A map without holes; a slide from one face to another; and the blur, measured.
import { html, useRef, useState } from "../kit/html.js";
import { say } from "../kit/say.js";
import { Choice, Picture, Slider, Trained, useFrames } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { LatentMap } from "./latent-map.js";
import { mix, pack, Part, percent, Reset, SOURCE, Trouble, unpack, useAsk, useRest, useSeen } from "./parts.js";
import { Spectrum } from "./spectrum.js";
import { described } from "./words.js";

export const params = ["smooth", "plain", "from", "to", "between", "map"];
const STEPS = 49;
const FACES = 8;

/** @param {{lesson: any, names: Record<string, string>}} props */
export function SmoothMap({ lesson, names }) {
  const [view, setView] = useParam("map", "both");
  const [smooth, setSmooth] = useParam("smooth", "");
  const [plain, setPlain] = useParam("plain", "");
  const first = useRef(null);
  const second = useRef(null);
  const judge = { run: names.judge, column: lesson.runs.judge.settings.labels };
  const reset = () => { [first, second].forEach((m) => m.current?.reset()); setView(null); setSmooth(null); setPlain(null); };
  return html`<div class="row map-tools"><${Choice} label="Show on the maps" hidden value=${view} options=${[["both", "both"], ["pictures", "pictures"], ["codes", "real codes"]]} onChange=${setView} /><${Reset} onReset=${reset} /></div>
    <div class="two-maps">
      <${Trained} runs=${["vae-2"]}><${LatentMap} run=${names["vae-2"]} title="VAE: clouds in one heap" about="Each face is a small cloud, and all clouds are kept together." judge=${judge} view=${view} at=${unpack(smooth, 2)} onAt=${(z) => setSmooth(pack(z))} handle=${first} /><//>
      <${Trained} runs=${["hourglass-2"]}><${LatentMap} run=${names["hourglass-2"]} title="Autoencoder: points anywhere" about="Each face is a point, and nothing says where." judge=${judge} view=${view} at=${unpack(plain, 2)} onAt=${(z) => setPlain(pack(z))} handle=${second} /><//>
    </div>
    <${Trained} runs=${["vae"]}><${Slide} run=${names.vae} /><${Blur} names=${names} /><//>`;
}

/** One face becomes another: every place between is painted from its own code. */
function Slide({ run }) {
  const [a, setA] = useParam("from", "0");
  const [b, setB] = useParam("to", "3");
  const [kept, keep] = useParam("between", "0.00");
  const [t, setT] = useState(Number(kept) || 0);
  const [playing, play] = useState(false);
  const [turning, setTurning] = useState(1);
  const [box, seen] = useSeen();
  const faces = useAsk([null, "data", { source: SOURCE, n: FACES, seed: 5 }]);
  const codes = useAsk(faces.answer ? [run, "encode", { rows: faces.answer.rows }] : null);
  const ends = codes.answer && [codes.answer.z[Number(a) || 0], codes.answer.z[Number(b) || 0]];
  const way = useAsk(ends ? [run, "decode", { z: Array.from({ length: STEPS }, (_, i) => ends[0].map((v, k) => mix(v, ends[1][k], i / (STEPS - 1)))) }] : null);
  useFrames(playing && seen, (dt) => {
    let next = t + turning * dt * 0.5;
    if (next >= 1 || next <= 0) { setTurning(-turning); next = Math.max(0, Math.min(1, next)); }
    setT(next);
  });
  useRest(t.toFixed(2), keep, playing);
  const reset = () => { play(false); setT(0); setA(null); setB(null); };
  if (!faces.answer || !way.answer) return html`<div class="loading" ref=${box} aria-busy="true"><${Trouble} of=${[faces, codes, way]} /></div>`;
  const words = (v) => (v < 0.02 ? "the first face" : v > 0.98 ? "the second face" : `${percent(v)} of the way`);
  const pick = (value, set, name) => html`<div class="faces ends" role="group" aria-label=${name}>${Array.from({ length: FACES }, (_, k) => html`<button key=${k} type="button" class="face" aria-pressed=${Number(value) === k} onClick=${() => set(String(k))}><${Picture} pictures=${faces.answer.pictures} i=${k} size="tiny" alt=${described(faces.answer.labels, k)} /></button>`)}</div>`;
  return html`<div ref=${box}><${Part} title="Slide from one face to another">
    <div class="slide">
      <div class="side"><h4>From</h4>${pick(a, setA, "The first face")}</div>
      <div class="middle"><${Picture} pictures=${way.answer.pictures} i=${Math.round(t * (STEPS - 1))} size="large" alt=${`painted ${words(t)}`} />
        <ul class="film" aria-hidden="true">${[0, 8, 16, 24, 32, 40, 48].map((i) => html`<li key=${i} class=${Math.abs(t * (STEPS - 1) - i) <= 4 ? "on" : ""}><${Picture} pictures=${way.answer.pictures} i=${i} size="tiny" alt="" /></li>`)}</ul></div>
      <div class="side"><h4>To</h4>${pick(b, setB, "The second face")}</div>
    </div>
    <${Slider} label="Between the two" min=${0} max=${1} step=${0.01} value=${t} words=${words} onInput=${(v) => { play(false); setT(v); }} ends=${["first face", "second face"]} />
    <div class="row"><button type="button" onClick=${() => { play(!playing); say(playing ? "Stopped." : "Playing."); }}>${playing ? "Pause" : "Play"}</button><${Reset} onReset=${reset} /></div>
  <//></div>`;
}

/** The blur in numbers; the GAN joins once it is trained. */
function Blur({ names }) {
  const vae = { run: names.vae, name: "VAE, 16", kind: "vae", dash: "7 4" };
  const small = { run: names["vae-2"], name: "VAE, 2", kind: "muted", dash: "2 4" };
  return html`<${Part} title="The spectrum of blur"><${Trained} runs=${["vae-2"]}><${Spectrum} of=${[vae, small]} /><//><//>`;
}
