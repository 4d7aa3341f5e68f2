// How much of the real faces' detail a maker keeps, from coarse to fine.
import { html } from "../kit/html.js";
import { Chart } from "./chart.js";
import { percent, Trouble, useAsk } from "./parts.js";

/** @param {{of: {run: string, name: string, kind: string, dash?: string}[]}} props */
export function Spectrum({ of }) {
  const asked = useAsk([null, "spectrum", { of: of.map((o) => o.run) }]);
  if (!asked.answer) return html`<div class="loading" aria-busy="true"><${Trouble} of=${[asked]} /></div>`;
  const { curves, frequencies } = asked.answer;
  const share = (run) => curves[run].map((p, i) => p / curves.real[i]);
  const top = 1.2;
  const lines = [{ name: "real", kind: "real", points: frequencies.map((f) => [f, 1]) },
    ...of.map((o) => ({ name: o.name, kind: o.kind, dash: o.dash, points: share(o.run).map((s, i) => [frequencies[i], Math.min(top, s)]) }))];
  const fine = (run) => fineShare(curves, run);
  const words = of.map((o) => `${o.name} keeps ${percent(fine(o.run))}`).join("; ");
  return html`<div class="chart-and-words"><${Chart} lines=${lines} label=${`Power of detail as a share of real faces, from coarse to fine. Of the finest details ${words}.`}
      x=${[frequencies[0], frequencies[frequencies.length - 1]]} y=${[0, top]} ys=${[[0, "0 %"], [0.5, "50 %"], [1, "100 %"]]} xs=${[[frequencies[0], "coarse"], [frequencies[frequencies.length - 1], "fine"]]} yTitle="detail kept" />
    <p>Of the finer half of the detail in real faces, ${words} (${asked.answer.n} pictures each).</p></div>`;
}

/** The power in the finer half, as a share of that of real pictures. @param {Record<string, number[]>} curves @param {string} run */
export function fineShare(curves, run) {
  const sum = (name) => curves[name].slice(Math.floor(curves[name].length / 2)).reduce((a, b) => a + b, 0);
  return sum(run) / sum("real");
}
