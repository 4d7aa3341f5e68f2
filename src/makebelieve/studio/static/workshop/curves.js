// The curves of a run, or of several on one axis: drawn by uPlot, and as tables of numbers.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { useParam } from "../kit/url.js";
import { Note } from "../kit/ui.js";
import { ink, useTheme } from "./ink.js";
import { count, scoreWords, short } from "./words.js";

let library = null;
/** uPlot is a classic script; it is fetched when the first curve is drawn. */
function uplot() {
  library ??= new Promise((done, fail) => {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/vendor/uplot.css" });
    const script = Object.assign(document.createElement("script"), { src: "/static/vendor/uplot.js" });
    script.onload = () => done(/** @type {any} */ (window).uPlot);
    script.onerror = () => { library = null; fail(new Error("The library that draws curves could not be loaded.")); };
    document.head.append(style, script);
  });
  return library;
}

/** @typedef {{label: string, colour: string, dash?: number[], points: [number, number | null][]}} Series */

/**
 * @param {{title: string, about?: string, series: Series[], log?: boolean, height?: number}} props
 */
export function Chart({ title, about, series, log = false, height = 220 }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const [error, fail] = useState(null);
  const [off, setOff] = useParam("off", "");
  const hidden = off.split(",");
  const theme = useTheme();
  const shown = series.filter((s) => !hidden.includes(s.label));
  const low = Math.min(...shown.flatMap((s) => s.points.map(([, y]) => y ?? Infinity)));
  const logarithmic = log && low > 0;
  const data = useMemo(() => table(shown), [shown.map((s) => `${s.label}${s.points.length}${s.points.at(-1)?.[0]}`).join()]);
  const shape = `${theme}|${logarithmic}|${shown.map((s) => s.label + s.colour).join()}`;

  useEffect(() => {
    let here = true;
    let watch = null;
    if (!data[0].length) return undefined;
    uplot().then((Plot) => {
      if (!here || !box.current) return;
      plot.current = new Plot(options(shown, box.current.clientWidth, height, logarithmic), data, box.current);
      watch = new ResizeObserver(([entry]) => plot.current?.setSize({ width: Math.max(200, entry.contentRect.width), height }));
      watch.observe(box.current);
    }, fail);
    return () => { here = false; watch?.disconnect(); plot.current?.destroy(); plot.current = null; };
  }, [shape, data[0].length > 0]);
  useEffect(() => { plot.current?.setData(data); }, [data]);

  // A line that is hidden in one chart is hidden in all of them.
  const turn = (label) => setOff((hidden.includes(label) ? hidden.filter((l) => l !== label) : [...hidden, label]).filter(Boolean).join());
  return html`<figure class="chart card">
    <figcaption><h3>${title}</h3>${about && html`<p class="small">${about}</p>`}</figcaption>
    <ul class="legend">${series.map((s) => html`<li key=${s.label}><button type="button" class="quiet" aria-pressed=${!hidden.includes(s.label)} onClick=${() => turn(s.label)}>
      <${Stroke} of=${s} /> ${s.label} <b>${short(s.points.at(-1)?.[1])}</b></button></li>`)}</ul>
    ${error ? html`<${Note} kind="failure">${error.message} The numbers are in the table below.<//>` : !data[0].length ? html`<p class="waiting">No numbers yet.</p>` : html`<div class="plot" ref=${box} role="img" aria-label=${told(title, shown)}></div>`}
    ${log && !logarithmic && data[0].length > 0 && html`<p class="small">Some values are not above zero, so this axis is not logarithmic.</p>`}
    ${data[0].length > 0 && html`<${Numbers} series=${series} />`}
  </figure>`;
}

/** @param {{of: Series}} props */
function Stroke({ of }) {
  return html`<svg class="stroke" viewBox="0 0 24 8" aria-hidden="true"><line x1="0" y1="4" x2="24" y2="4" stroke=${`var(${of.colour})`} stroke-width="3" stroke-dasharray=${(of.dash ?? []).join(" ")} /></svg>`;
}

/** What a chart shows, in a sentence. @param {string} title @param {Series[]} shown */
function told(title, shown) {
  const each = shown.filter((s) => s.points.length).map((s) => `${s.label} from ${short(s.points[0][1])} to ${short(s.points.at(-1)[1])}`);
  return `${title}: ${each.join("; ")}. The numbers are in the table that follows.`;
}

/** All series over one axis. @param {Series[]} series @returns {any[]} */
function table(series) {
  const xs = [...new Set(series.flatMap((s) => s.points.map(([x]) => x)))].sort((a, b) => a - b);
  const at = new Map(xs.map((x, i) => [x, i]));
  return [xs, ...series.map((s) => {
    const ys = new Array(xs.length).fill(undefined);
    s.points.forEach(([x, y]) => { ys[at.get(x)] = y; });
    return ys;
  })];
}

function options(shown, width, height, logarithmic) {
  const [line, muted] = [ink("--line"), ink("--muted")];
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
  return {
    width: Math.max(200, width), height, legend: { show: false },
    cursor: { y: false, sync: { key: "curves" }, points: { size: 7 } },
    scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
    axes: [{ ...axis, values: (_, all) => all.map(thousands), space: 60, size: 32 }, { ...axis, size: 58, values: (_, all) => all.map((v) => (v == null ? "" : short(v))) }],
    series: [{}, ...shown.map((s) => ({ label: s.label, stroke: ink(s.colour), width: 2, dash: s.dash, spanGaps: true, points: { show: s.points.length < 3, size: 6 } }))],
  };
}

/** @param {number} n */
const thousands = (n) => (n >= 1e6 ? `${n / 1e6}m` : n >= 1e3 ? `${n / 1e3}k` : `${n}`);

/** The same as numbers, thinned to a length that can be listened to. @param {{series: Series[]}} props */
function Numbers({ series }) {
  const [open, set] = useState(false);
  const [xs, ...columns] = open ? table(series) : [[]];
  const step = Math.max(1, Math.ceil(xs.length / 25));
  const kept = xs.map((_, i) => i).filter((i) => i % step === 0 || i === xs.length - 1);
  return html`<details onToggle=${(e) => set(e.currentTarget.open)}><summary>The same as a table</summary>
    ${open && html`<div class="scroll" tabindex="0" role="region" aria-label="Table of the curve"><table><thead><tr><th scope="col">Examples seen</th>${series.map((s) => html`<th key=${s.label} scope="col">${s.label}</th>`)}</tr></thead>
    <tbody>${kept.map((i) => html`<tr key=${i}><th scope="row">${count(xs[i])}</th>${columns.map((c, k) => html`<td key=${k}>${short(c[i])}</td>`)}</tr>`)}</tbody></table></div>`}</details>`;
}

/** @param {any[]} log @param {string} name @param {"train" | "validation" | "step"} of @returns {[number, number | null][]} */
export function points(log, name, of) {
  const found = [];
  for (const line of log) {
    const value = of === "step" ? (line.scores ? undefined : line[name]) : line.scores?.[of]?.[name];
    if (value !== undefined) found.push([line.seen, value]);
  }
  return found;
}

const TRAIN = { colour: "--muted", dash: [5, 4] };
const held = (name, title, about) => ({ title, about, of: [["train", name, "on training pictures", TRAIN], ["validation", name, "on pictures held out", { colour: "--maker" }]] });
const judged = (name, title, about) => ({ title, about, of: [["train", name, "on training pictures", TRAIN], ["validation", name, "on pictures held out", { colour: "--judge" }]] });

/** Model → the charts that stand in front. */
const CHARTS = {
  judge: [judged("accuracy", "How often it is right", "The share of right verdicts. A gap between the two lines is what it learned by heart."),
    judged("cross_entropy", "How surprised it is", "The cross-entropy of the right answer; lower is better.")],
  autoencoder: [held("reconstruction", "How well it rebuilds", "The error of the rebuilt picture; lower is better.")],
  vae: [held("negative_elbo", "What a picture costs", "Error and code together, in nats; lower is better."),
    held("reconstruction", "How well it rebuilds", "The part that is the error of the rebuilt picture."),
    held("kl", "How much the code says", "The part that is the code's length, in nats. Near zero, the code says nothing.")],
  gan: [{ title: "The detective's scores", about: "When the two lines meet, the detective cannot tell real from made.", of: [["validation", "logit_real", "real pictures held out", { colour: "--judge" }], ["validation", "logit_fake", "made pictures", { colour: "--maker", dash: [8, 4] }]] },
    { title: "How often the detective is right", about: "Half is guessing. Held-out pictures fooling it less than training ones means that it learned those by heart.", of: [["train", "ahead", "against training pictures", TRAIN], ["validation", "ahead", "against pictures held out", { colour: "--judge" }]] },
    { title: "What each player pays", about: "The two losses pull against each other; neither needs to fall.", of: [["step", "discriminator", "detective", { colour: "--judge" }], ["step", "generator", "maker", { colour: "--maker", dash: [8, 4] }]] }],
};

/** Everything else that the log holds. @param {string} model @param {any[]} log */
function others(model, log) {
  const shown = new Set((CHARTS[model] ?? []).flatMap((c) => c.of.map(([of, name]) => `${of}/${name}`)));
  const steps = [...new Set(log.flatMap((line) => (line.scores ? [] : Object.keys(line))))].filter((n) => !["step", "seen"].includes(n) && !shown.has(`step/${n}`));
  const scores = [...new Set(log.flatMap((line) => Object.keys(line.scores?.validation ?? {})))].filter((n) => !shown.has(`validation/${n}`));
  return [...scores.map((n) => held(n, scoreWords(n))), ...steps.map((n) => ({ title: scoreWords(n), about: "Mean over the training steps since the line before.", of: [["step", n, "while training", { colour: "--maker" }]] }))];
}

const drawn = (chart, log) => chart.of.map(([of, name, label, look]) => ({ label, ...look, points: points(log, name, of) }));

/** @param {{run: any}} props */
export function Curves({ run }) {
  const [log, setLog] = useParam("log", "");
  const [all, setAll] = useParam("all", "");
  const front = CHARTS[run.model] ?? [];
  const rest = useMemo(() => others(run.model, run.log), [run.model, run.log.length > 8]);
  return html`<div class="row tools"><label class="tick"><input type="checkbox" checked=${log === "1"} onChange=${() => setLog(log ? null : "1")} /><span>Logarithmic axis</span></label>
      ${rest.length > 0 && html`<label class="tick"><input type="checkbox" checked=${all === "1"} onChange=${() => setAll(all ? null : "1")} /><span>Everything in the log (${rest.length} more)</span></label>`}</div>
    <div class="charts">${[...front, ...(all ? rest : [])].map((chart) => html`<${Chart} key=${chart.title} title=${chart.title} about=${chart.about} series=${drawn(chart, run.log)} log=${log === "1"} />`)}</div>`;
}

export { CHARTS };
