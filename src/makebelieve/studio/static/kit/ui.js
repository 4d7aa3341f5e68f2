// The pieces every page is made of.
import { createContext, html, useContext, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { post } from "./api.js";
import { useStudio } from "./live.js";
import { say } from "./say.js";

let made = 0;
/** An id of one's own, the same for the component's whole life. @param {string} [start] */
export const useId = (start = "id") => useState(() => `${start}-${++made}`)[0];

/**
 * One picture of a bundle, large pixels, with words for who cannot see it.
 * @param {{pictures: any, i?: number, alt: string, size?: "tiny" | "small" | "medium" | "large", on?: boolean}} props
 */
export function Picture({ pictures, i = 0, alt, size = "medium", ...rest }) {
  const canvas = useRef(null);
  useLayoutEffect(() => { pictures?.draw(canvas.current, i); }, [pictures, i]);
  return html`<canvas ref=${canvas} class=${`picture ${size}`} role="img" aria-label=${alt} width="16" height="16" ...${rest}></canvas>`;
}

/**
 * A row or grid of pictures.
 * @param {{pictures: any, alts: (i: number) => string, size?: string, label: string}} props
 */
export function Sheet({ pictures, alts, size = "small", label }) {
  const all = pictures ? Array.from({ length: pictures.n }, (_, i) => i) : [];
  return html`<ul class="sheet" aria-label=${label}>${all.map((i) => html`<li key=${i}><${Picture} pictures=${pictures} i=${i} alt=${alts(i)} size=${size} /></li>`)}</ul>`;
}

/** @param {{label: string, value: number, min: number, max: number, step?: number, words?: (v: number) => string, onInput: (v: number) => void, ends?: [string, string]}} props */
export function Slider({ label, value, min, max, step = 0.01, words = (v) => v.toFixed(2), onInput, ends }) {
  const id = useId("slider");
  return html`<div class="slider">
    <label for=${id}>${label} <output for=${id}>${words(value)}</output></label>
    <input id=${id} type="range" min=${min} max=${max} step=${step} value=${value} aria-valuetext=${words(value)}
      onInput=${(e) => onInput(Number(e.currentTarget.value))} />
    ${ends && html`<div class="ends" aria-hidden="true"><span>${ends[0]}</span><span>${ends[1]}</span></div>`}
  </div>`;
}

/** One of a few, as radio buttons that look like a switch. @param {{label: string, value: string, options: [string, string][], onChange: (v: string) => void, hidden?: boolean}} props */
export function Choice({ label, value, options, onChange, hidden = false }) {
  const name = useId("choice");
  return html`<fieldset class="choice"><legend class=${hidden ? "unseen" : ""}>${label}</legend>
    ${options.map(([key, text]) => html`<label key=${key}><input type="radio" name=${name} checked=${value === key} onChange=${() => onChange(key)} /><span>${text}</span></label>`)}
  </fieldset>`;
}

/** @param {{share: number, label: any}} props */
export function Progress({ share, label }) {
  const id = useId("progress");
  return html`<div class="progress"><label for=${id}>${label}</label><progress id=${id} max="1" value=${share}></progress></div>`;
}

/** Something to be told: what happened, and what to do. @param {{kind?: "plain" | "good" | "warning" | "failure", title?: string, children?: any}} props */
export function Note({ kind = "plain", title, children }) {
  return html`<div class=${`note ${kind}`} role=${kind === "failure" ? "alert" : undefined}>${title && html`<strong>${title}</strong>`} ${children}</div>`;
}

/** A piece of HTML that the studio's own validator has made safe. @param {{of: string, as?: string, class?: string}} props */
export function Prose({ of, as = "div", ...rest }) {
  return html`<${as} ...${{ ...rest, class: `prose ${rest.class ?? ""}` }} dangerouslySetInnerHTML=${{ __html: of }} />`;
}

/** @param {number | null} seconds */
export const time = (seconds) =>
  seconds == null ? "" : seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

/** The lesson whose figures are shown. */
export const Shown = createContext(/** @type {{id: string, runs: Record<string, {about: string}>}} */ ({ id: "", runs: {} }));

/** Where nothing is under way: begin. @param {{id: string}} props */
export function Begin({ id }) {
  const [why, set] = useState("");
  const begin = () => post(`/api/lessons/${id}/train`).then(() => { set(""); say("The training begins."); }, (e) => set(e.message));
  return html`<p class="row"><button type="button" class="maker" onClick=${begin}>Train them now</button> ${why && html`<span role="alert">${why}</span>`}</p>`;
}

/** Is something left to be trained, and nobody at work on it? @param {Record<string, {state: string}>} training */
export function isIdle(training) {
  const states = Object.values(training).map((t) => t.state);
  return states.includes("waiting") && !states.includes("training");
}

/** How far one training is, and what is before it. @param {Record<string, any>} training @param {string} key */
export function progress(training, key) {
  const t = training[key];
  if (t.state === "training") return `${Math.round(100 * t.share)} %${t.left ? `, about ${time(t.left)} left` : ""}`;
  const before = Object.keys(training).slice(0, Object.keys(training).indexOf(key)).filter((k) => ["waiting", "training"].includes(training[k].state)).length;
  return `waiting for its turn${before && !isIdle(training) ? `, ${before} before it` : ""}`;
}

/**
 * What stands in a figure's place until the models it needs have been trained far enough.
 * @param {{runs: string[], children: any, enough?: (t: any) => boolean}} props `runs`: keys of the lesson's runs
 */
export function Trained({ runs, children, enough = (t) => t.state === "finished" }) {
  const { training, connected, known } = useStudio();
  const { id, runs: all } = useContext(Shown);
  const missing = runs.filter((key) => !enough(training[key] ?? { state: "waiting", share: 0 }));
  const was = useRef(missing.length);
  useEffect(() => {
    if (was.current && !missing.length) say("A figure is ready.");
    was.current = missing.length;
  }, [missing.length]);
  if (!missing.length) return children;
  if (!known) return html`<div class="waiting" aria-busy="true"><p>${connected ? "Looking what is trained ..." : "Waiting for the studio ..."}</p></div>`;
  return html`<div class="waiting">
    ${isIdle(training) ? html`<p>This part shows real models. They are not trained yet.</p>${id && html`<${Begin} id=${id} />`}` : html`<p>This part shows real models, trained on your machine while you read. It appears by itself.</p>`}
    ${missing.filter((key) => training[key]).map((key) => {
      const t = training[key];
      if (t.state === "failed") return html`<${Note} kind="failure" title=${`${key} could not be trained.`}>${t.why}<//>`;
      return html`<${Progress} key=${key} share=${t.share} label=${html`${key}: ${progress(training, key)} <small>${all[key]?.about}</small>`} />`;
    })}
  </div>`;
}

/**
 * A question to answer before looking: who predicts first learns more than who only watches.
 * @param {{question: string, options: string[], answer: number, why: string, given: number | null, onAnswer: (i: number) => void}} props
 */
export function Predict({ question, options, answer, why, given, onAnswer }) {
  const name = useId("predict");
  const right = given === answer;
  return html`<form class="predict" onSubmit=${(e) => e.preventDefault()}>
    <fieldset><legend><span class="tag">Predict first</span> ${question}</legend>
      ${options.map((text, i) => html`<label key=${i} class=${given === null ? "" : i === answer ? "right" : i === given ? "wrong" : ""}>
        <input type="radio" name=${name} checked=${given === i} disabled=${given !== null} onChange=${() => { onAnswer(i); say(i === answer ? "Right." : `Not this one. ${options[answer]}.`); }} />
        <span>${text} ${given !== null && i === answer && html`<b class="mark">✓</b>`}${given === i && !right && html`<b class="mark small">your guess</b>`}</span></label>`)}
    </fieldset>
    ${given !== null && html`<${Prose} class="why" of=${why} />`}
  </form>`;
}

/** Copy a text, and say so. @param {{text: string, label?: string}} props */
export function Copy({ text, label = "Copy" }) {
  const [done, set] = useState(false);
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); } catch { return say("The browser did not let the studio copy.", "assertive"); }
    set(true); say("Copied."); setTimeout(() => set(false), 1_500);
  };
  return html`<button type="button" class="quiet" onClick=${copy}>${done ? "Copied" : label}</button>`;
}

/** A command to run in a terminal. @param {{of: string}} props */
export function Command({ of }) {
  return html`<div class="command"><code>${of}</code><${Copy} text=${of} /></div>`;
}

/** Was less motion asked for? */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Call every frame while `on`; never where less motion was asked for, unless the reader pressed play. @param {boolean} on @param {(dt: number) => void} step */
export function useFrames(on, step) {
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    if (!on) return undefined;
    let id = 0;
    let before = performance.now();
    const frame = (now) => { latest.current((now - before) / 1_000); before = now; id = requestAnimationFrame(frame); };
    id = requestAnimationFrame(frame);
    return () => cancelAnimationFrame(id);
  }, [on]);
}
