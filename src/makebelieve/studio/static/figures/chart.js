// Small line charts, drawn by hand: few lines, words at their ends.
import { html } from "../kit/html.js";

/**
 * @typedef {{name: string, kind: string, points: [number, number][], dash?: string}} Line
 * @param {{lines: Line[], label: string, x: [number, number], y: [number, number], xs?: [number, string][], ys?: [number, string][],
 *   xTitle?: string, yTitle?: string, width?: number, height?: number, at?: number | null}} props x and y: from, to
 */
export function Chart({ lines, label, x, y, xs = [], ys = [], xTitle, yTitle, width: wanted = 560, height = 220, at = null }) {
  // On a small screen the drawing is narrower, not its letters smaller.
  const width = Math.min(wanted, Math.max(280, innerWidth - 48));
  const [left, right, top, bottom] = [44, 106, yTitle ? 24 : 12, xTitle ? 44 : 26];
  const px = (v) => left + ((v - x[0]) / (x[1] - x[0] || 1)) * (width - left - right);
  const py = (v) => height - bottom - ((v - y[0]) / (y[1] - y[0] || 1)) * (height - top - bottom);
  const ends = apart(lines.filter((l) => l.points.length).map((l) => ({ ...l, end: py(l.points[l.points.length - 1][1]) })), 18, top + 6, height - bottom);
  return html`<svg class="chart" width=${width} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${label}>
    ${ys.map(([v, text]) => html`<g key=${text}><line class="grid" x1=${left} x2=${width - right} y1=${py(v)} y2=${py(v)} /><text class="tick y" x=${left - 8} y=${py(v) + 4}>${text}</text></g>`)}
    ${xs.map(([v, text]) => html`<text key=${text} class="tick x" x=${px(v)} y=${height - bottom + 18}>${text}</text>`)}
    ${xTitle && html`<text class="tick x" x=${(left + width - right) / 2} y=${height - 6}>${xTitle}</text>`}
    ${yTitle && html`<text class="tick y-title" x=${left} y=${12}>${yTitle}</text>`}
    ${at !== null && html`<line class="now" x1=${px(at)} x2=${px(at)} y1=${top} y2=${height - bottom} />`}
    ${lines.map((l) => html`<polyline key=${l.name} class=${`line ${l.kind}`} stroke-dasharray=${l.dash} points=${l.points.map(([a, b]) => `${px(a).toFixed(1)},${py(b).toFixed(1)}`).join(" ")} />`)}
    ${ends.map((l) => html`<text key=${l.name} class=${`end ${l.kind}`} x=${width - right + 8} y=${l.end + 4}>${l.name}</text>`)}
  </svg>`;
}

/** Keep names from lying over each other. */
function apart(ends, gap, low, high) {
  const sorted = [...ends].sort((a, b) => a.end - b.end);
  sorted.forEach((l, i) => { l.end = Math.max(l.end, i ? sorted[i - 1].end + gap : low); });
  for (let i = sorted.length - 1, limit = high; i >= 0; i--, limit -= gap) sorted[i].end = Math.min(sorted[i].end, limit);
  return sorted;
}
