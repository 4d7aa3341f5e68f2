// What a model answered, drawn: pictures as pictures, points as a cloud.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { Stale, paint } from "../kit/paint.js";
import { Picture } from "../kit/ui.js";

/**
 * Ask whenever `what` changes; the newest answer stays until the next one is there.
 * @param {string | null} run @param {string | null} ask null: nothing is asked @param {any} what @param {string} [key]
 * @returns {[any, string | null, boolean]} the answer, a refusal, whether an answer is awaited
 */
export function useAsk(run, ask, what, key) {
  const [found, set] = useState(null);
  const [refusal, refuse] = useState(null);
  const [busy, turn] = useState(false);
  useEffect(() => {
    if (!ask) return undefined;
    let here = true;
    turn(true);
    paint(run, ask, what, key).then(
      (answer) => { if (here) { set(answer); refuse(null); turn(false); } },
      (e) => { if (here && !(e instanceof Stale)) { refuse(e.message); turn(false); } },
    );
    return () => { here = false; };
  }, [run, ask, JSON.stringify(what)]);
  return [found, refusal, busy];
}

/** @param {{answer: any, i?: number, alt: string, size?: string, cloud?: number[][]}} props */
export function Shown({ answer, i = 0, alt, size = "huge", cloud }) {
  if (answer?.points) return html`<${Points} points=${[answer.points[i]]} cloud=${cloud} alt=${alt} size=${size} />`;
  return html`<${Picture} pictures=${answer?.pictures} i=${i} alt=${alt} size=${size} />`;
}

/**
 * Points of the plane, over a paler cloud.
 * @param {{points: number[][], cloud?: number[][], alt: string, size?: string, extent?: number, small?: boolean}} props
 */
export function Points({ points, cloud = [], alt, size = "huge", small = cloud.length === 0 }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const side = 480;
    const at = canvas.current;
    Object.assign(at, { width: side, height: side });
    const pen = at.getContext("2d");
    const all = [...points, ...cloud].filter(Boolean);
    const reach = 1.15 * Math.max(1e-6, ...all.flatMap((p) => p.map(Math.abs)));
    const place = ([x, y]) => [side * (0.5 + x / reach / 2), side * (0.5 - y / reach / 2)];
    const style = getComputedStyle(at);
    const dot = (p, r, colour) => { const [x, y] = place(p); pen.fillStyle = colour; pen.beginPath(); pen.arc(x, y, r, 0, 7); pen.fill(); };
    pen.clearRect(0, 0, side, side);
    cloud.forEach((p) => dot(p, 2.5, style.outlineColor));
    points.filter(Boolean).forEach((p) => dot(p, small ? 3 : 9, style.color));
  }, [points, cloud]);
  return html`<canvas ref=${canvas} class=${`points ${size}`} role="img" aria-label=${alt} width="480" height="480"></canvas>`;
}
