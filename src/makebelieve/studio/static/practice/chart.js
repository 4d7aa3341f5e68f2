// One quantity over a training, as a small drawing with its words beneath.
import { html } from "../kit/html.js";
import { short } from "./clinic-words.js";

const [W, H, LEFT, RIGHT, TOP, BOTTOM] = [320, 130, 8, 8, 8, 8];

/**
 * @param {{title: string, name?: string, about: string, lines: {name: string, kind: string, points: [number, number][]}[]}} props
 */
export function SmallChart({ title, name, about, lines }) {
  const shown = lines.filter((l) => l.points.length > 1);
  const all = shown.flatMap((l) => l.points);
  if (!all.length) return html`<figure class="small-chart"><figcaption><b>${title}</b><small>The first numbers come in a moment.</small></figcaption></figure>`;
  const [low, high] = range(shown, all);
  const last = Math.max(...all.map(([x]) => x));
  const px = (x) => LEFT + (x / last) * (W - LEFT - RIGHT);
  const py = (y) => TOP + (1 - Math.max(0, Math.min(1, (y - low) / (high - low || 1)))) * (H - TOP - BOTTOM);
  const said = shown.map((l) => `${l.name}: from ${short(l.points[0][1])} to ${short(l.points.at(-1)[1])}`).join("; ");
  return html`<figure class="small-chart">
    <svg viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${`${title}. ${said}.`}>
      <line class="base" x1=${LEFT} x2=${W - RIGHT} y1=${H - BOTTOM} y2=${H - BOTTOM} />
      ${shown.map((l) => html`<polyline key=${l.name} class=${l.kind} points=${l.points.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(" ")} />`)}
      ${shown.map((l) => { const [x, y] = l.points.at(-1); return html`<circle key=${l.name} class=${l.kind} cx=${px(x)} cy=${py(y)} r="3.5" />`; })}
    </svg>
    <figcaption><b>${title}</b>${name && html` <code>${name}</code>`}${about && html` <small>${about}</small>`}
      ${shown.map((l) => html`<span key=${l.name} class=${`said ${l.kind}`}>${l.name}: ${short(l.points[0][1])} → ${short(l.points.at(-1)[1])}</span>`)}</figcaption>
  </figure>`;
}

/** From least to most; where the first steps dwarf all the rest, as those of a loss do, of what follows a twentieth of the way. */
function range(lines, all) {
  const ends = (ys) => [Math.min(...ys), Math.max(...ys)];
  const whole = ends(all.map(([, y]) => y));
  const later = ends(lines.flatMap((l) => l.points.slice(Math.floor(l.points.length / 20)).map(([, y]) => y)));
  return whole[1] - whole[0] > 3 * (later[1] - later[0]) ? later : whole;
}
