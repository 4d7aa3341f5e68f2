// Counterfeiter and detective: a recorded real contest, one turn at a time, and the same in pictures.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { useNews } from "../kit/live.js";
import { say } from "../kit/say.js";
import { useStored } from "../kit/stored.js";
import { Choice, Note, Slider, Trained, useFrames } from "../kit/ui.js";
import { useParam } from "../kit/url.js";
import { Chart } from "./chart.js";
import { drawField } from "./field.js";
import { Part, percent, Reset, useRest, useSeen, useTell } from "./parts.js";
import { ended, GROUPS, unpacked } from "./recording.js";

export const params = ["preset", "turn", "seen"];
const PRESETS = [["even", "evenly matched"], ["strong-detective", "detective too strong"], ["weak-detective", "detective too weak"], ["classic", "the first recipe, of 2014"]];
const ENDS = ["The fakes find every group", "They crowd in some groups and leave others out", "Hardly a fake lands in any group"];
const SPEED = 8; // turns a second

/** @param {{names: Record<string, string>}} props */
export function Contest({ names }) {
  return html`<${Points} /><${Trained} runs=${["gan"]} enough=${(t) => t.state === "finished" || (t.state === "training" && t.share > 0.06)}><${Pictures} run=${names.gan} /><//>`;
}

function Points() {
  const [preset, setPreset] = useParam("preset", PRESETS[0][0]);
  const key = preset === PRESETS[0][0] ? "contest" : `contest-${preset}`;
  return html`<${Part} title="A contest over points">
    <${Choice} label="Who is stronger?" value=${preset} options=${PRESETS} onChange=${setPreset} />
    <${Trained} runs=${[key]}><${Fetched} key=${preset} preset=${preset} /><//>
  <//>`;
}

function Fetched({ preset }) {
  const [it, set] = useState(null);
  const [why, fail] = useState("");
  const ask = () => { fail(""); get(`/api/contest?preset=${encodeURIComponent(preset)}`).then((found) => set(unpacked(found)), (e) => fail(e.message)); };
  useEffect(ask, []);
  if (why) return html`<${Note} kind="failure" title="The recording could not be read.">${why} <button type="button" class="quiet" onClick=${ask}>Ask again</button><//>`;
  return it ? html`<${Played} it=${it} preset=${preset} />` : html`<div class="loading" aria-busy="true"></div>`;
}

const TURNS = {
  start: { mark: "○", kind: "", title: "Before the first turn", words: "Nothing has been learned yet." },
  discriminator: { mark: "◉", kind: "is-judge", title: "The detective has moved", words: "It has redrawn where it believes points are real; the arrows are its hints to the fakes." },
  generator: { mark: "▲", kind: "is-maker", title: "The counterfeiter has moved", words: "It has followed the hints; the detective has not answered yet." },
};

/** At t, the moment of its whole part has just been; fractions lie on the way to the next. */
function Played({ it, preset }) {
  const last = it.moments.length - 1;
  const [kept, keep] = useParam("turn", "0");
  const [turn, setTurn] = useState(Math.max(0, Math.min(last, Math.floor(Number(kept)) || 0)));
  const [playing, play] = useState(false);
  const [guesses, keepGuess] = useStored("contest", {});
  const guess = ENDS[guesses?.[preset]] ? guesses[preset] : null;
  const named = PRESETS.find(([key]) => key === preset)?.[1] ?? preset;
  const at = useRef(turn);
  const canvas = useRef(null);
  const [box, seen] = useSeen();
  const tell = useTell();
  const now = it.moments[turn];
  const { mark, kind, title, words } = TURNS[now.turn];
  const show = (t) => {
    at.current = Math.max(0, Math.min(last, t));
    drawField(canvas.current, it, at.current);
    const whole = Math.floor(at.current);
    if (whole !== turn) setTurn(whole);
  };
  useEffect(() => {
    const again = () => drawField(canvas.current, it, at.current);
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const size = new ResizeObserver(again);
    size.observe(canvas.current);
    again();
    return () => { theme.disconnect(); size.disconnect(); };
  }, [it]);
  const first = useRef(true);
  useEffect(() => {
    if (!playing && !first.current) tell(`${title}. ${words} ${stands(now)}`);
    first.current = false;
  }, [turn, playing]);
  useRest(String(turn), keep, playing);
  useFrames(playing && seen, (dt) => {
    show(at.current + Math.min(dt, 0.1) * SPEED);
    if (at.current >= last) play(false);
  });
  const toggle = () => { if (!playing && at.current >= last) show(0); play(!playing); say(playing ? "Paused." : "Playing."); };
  const step = (by) => { play(false); show(Math.floor(at.current) + by); };
  const rewind = () => { play(false); show(0); };
  const key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const does = { " ": toggle, ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: rewind, End: () => { play(false); show(last); } }[event.key];
    if (does) { event.preventDefault(); does(); }
  };
  return html`<div class="contest" ref=${box}>
    <div class="outcome"><${Choice} label=${`${named[0].toUpperCase()}${named.slice(1)}: how will it end?`} value=${String(guess)} options=${ENDS.map((text, k) => [String(k), text])} onChange=${(v) => keepGuess((all) => ({ ...all, [preset]: Number(v) }))} />
      <p class="small" role="status">${guess === null ? "Say it first, then play." : "Noted. Play it to the end to see."}</p></div>
    <div class="arena"><div class="field" tabindex="0" role="application" aria-roledescription="contest" aria-label="The contest. Space plays and pauses, the arrow keys go one turn on or back, Home rewinds." onKeyDown=${key}><canvas ref=${canvas} aria-hidden="true"></canvas></div>
      <p class="small key" aria-hidden="true"><span><i class="mark ring"></i> real</span><span><i class="mark fake"></i> fake</span><span><i class="tint is-real"></i> “looks real”</span><span><i class="tint is-fake"></i> “looks fake”</span></p></div>
    <div class="beside">
      <p class=${`turn ${kind}`}><span aria-hidden="true">${mark}</span> ${title}</p>
      <p class="small turn-words">${words}</p>
      <${Sees} turn=${now.turn} />
      <dl class="tally"><div><dt>groups found</dt><dd>${now.groups} of ${GROUPS}</dd></div><div><dt>fakes in one</dt><dd>${percent(now.close)}</dd></div><div><dt>step</dt><dd>${now.step.toLocaleString("en")}</dd></div></dl>
      <div class="row controls"><button type="button" onClick=${toggle}>${playing ? "Pause" : "Play"}</button><button type="button" class="quiet" onClick=${() => step(-1)} aria-label="One turn back">←</button><button type="button" class="quiet" onClick=${() => step(1)}>One turn →</button><button type="button" class="quiet" onClick=${rewind}>Rewind</button></div>
      <${Slider} label="Turn" min=${0} max=${last} step=${1} value=${turn} words=${(v) => `${v} of the ${last} that were kept`} onInput=${(v) => { play(false); show(v); }} />
      <${Losses} it=${it} i=${turn} />
    </div>
    ${turn >= last && html`<${Ending} guess=${guess} end=${it.verdict} />`}
    <p class="small recorded">Recorded on this machine; the same contest as a run: <code>${it.command}</code></p>
  </div>`;
}

const stands = ({ groups, close }) => `Fakes have found ${groups} of ${GROUPS} groups, and ${percent(close)} lie in one.`;

/** Who sees what; the lines in use this turn are drawn strong. */
function Sees({ turn }) {
  const detective = turn === "discriminator";
  const maker = turn === "generator";
  const on = (yes) => (yes ? "wire on" : "wire");
  return html`<svg class="sees" viewBox="0 0 400 150" role="img" aria-label="Random numbers go to the counterfeiter. Its fakes and the real points go to the detective. Only a hint goes back from the detective to the counterfeiter, which never sees a real point.">
    <g class="box"><rect x="2" y="84" width="76" height="40" rx="8" /><text x="40" y="100">random</text><text x="40" y="115">numbers</text></g>
    <g class=${`box maker ${maker ? "on" : ""}`}><rect x="116" y="80" width="104" height="48" rx="10" /><text x="168" y="108">counterfeiter</text></g>
    <g class=${`box judge ${detective ? "on" : ""}`}><rect x="292" y="80" width="104" height="48" rx="10" /><text x="344" y="108">detective</text></g>
    <g class="box"><rect x="300" y="4" width="88" height="32" rx="8" /><text x="344" y="25">real points</text></g>
    <path class=${on(maker)} d="M78 104 H112" /><path class=${on(turn !== "start")} d="M220 98 H288" /><path class=${on(detective)} d="M344 36 V76" />
    <path class=${`${on(maker)} back`} d="M288 116 H224" /><text class="wire-name" x="254" y="91">fakes</text><text class="wire-name" x="254" y="134">hint</text>
    <path class="never" d="M296 20 C 200 20 168 40 168 74" /><text class="wire-name" x="196" y="26">never</text><path class="cross" d="M182 33 l14 14 m0 -14 l-14 14" />
  </svg>`;
}

/** Both losses; what lies far outside is cut off, not shown as flat. */
function Losses({ it, i }) {
  const known = useMemo(() => it.moments.filter((m) => m.step > 0 && Number.isFinite(m.d) && Number.isFinite(m.g)), [it]);
  if (known.length < 2) return null;
  const all = known.flatMap((m) => [m.d, m.g]).sort((a, b) => a - b);
  const top = all[Math.floor(0.97 * (all.length - 1))];
  const low = all[Math.floor(0.01 * (all.length - 1))];
  const line = (of) => known.map((m) => [m.step, Math.max(low, Math.min(m[of], top))]);
  const end = it.moments[it.moments.length - 1].step;
  return html`<${Chart} lines=${[{ name: "detective", kind: "judge", points: line("d") }, { name: "counterfeiter", kind: "maker", dash: "6 3", points: line("g") }]}
    label="The losses of both over the contest: each player's penalty points rise and fall with the other's strength." x=${[0, end]} y=${[low, top]} ys=${[[low, low.toPrecision(2)], [top, top.toPrecision(2)]]} yTitle="loss: penalty points" at=${it.moments[i].step} width=${440} height=${140} />`;
}

/** What became of it, measured at the last turn, against what was predicted. @param {{guess: number | null, end: any}} props */
function Ending({ guess, end }) {
  const found = ended(end);
  const title = guess === null ? `${ENDS[found]}.` : guess === found ? "As you said." : `It went otherwise: ${ENDS[found].toLowerCase()}.`;
  return html`<div class="ending-of" role="status"><${Note} kind=${guess === null ? "plain" : guess === found ? "good" : "warning"} title=${title}>${end.ended && `It broke off (${end.ended}). `}At the last turn: ${stands(end)}<//></div>`;
}

/** The faces of the lesson's GAN through its own training: always from the same random numbers. */
function Pictures({ run }) {
  const [sheets, set] = useState([]);
  const [seen, setSeen] = useParam("seen", "");
  const [playing, play] = useState(false);
  const clock = useRef(0);
  const [box, visible] = useSeen();
  useEffect(() => { get(`/api/runs/${run}`).then((r) => set(r.samples), () => {}); }, [run]);
  useNews("sample", (m) => { if (m.run === run) set((all) => (all.some((s) => s.file === m.file) ? all : [...all, { file: m.file, seen: m.seen }])); }, [run]);
  const found = sheets.findIndex((s) => String(s.seen) === seen);
  const i = found < 0 ? sheets.length - 1 : found;
  const to = (k) => setSeen(k >= sheets.length - 1 ? null : String(sheets[k].seen));
  useFrames(playing && visible, (dt) => {
    clock.current += dt;
    if (clock.current < 0.4) return;
    clock.current = 0;
    if (i + 1 >= sheets.length) play(false); else to(i + 1);
  });
  if (!sheets.length) return html`<div class="loading" ref=${box} aria-busy="true"></div>`;
  const words = (k) => `after ${sheets[k].seen.toLocaleString("en")} examples`;
  return html`<div ref=${box}><${Part} title="The same contest over faces" kind="maker"><div class="growth">
    <div class="sheet-of">${sheets.map((s, k) => html`<img key=${s.file} src=${`/api/runs/${run}/files/samples/${s.file}`} class=${k === i ? "on" : ""} alt=${k === i ? `Faces of the GAN ${words(k)}, always from the same random numbers` : ""} aria-hidden=${k === i ? undefined : "true"} loading="lazy" />`)}</div>
    <div class="stack"><${Slider} label="Training" min=${0} max=${sheets.length - 1} step=${1} value=${i} words=${words} onInput=${(v) => { play(false); to(v); }} />
      <div class="row"><button type="button" onClick=${() => { if (!playing && i + 1 >= sheets.length) to(0); play(!playing); }}>${playing ? "Pause" : "Play"}</button><${Reset} onReset=${() => { play(false); setSeen(null); }} /></div>
      <p>Every place on the sheet keeps its random numbers from the first picture to the last. Follow one, and watch a smudge become somebody.</p></div></div><//></div>`;
}
