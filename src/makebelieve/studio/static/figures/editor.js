// A face that can be painted on, pixel by pixel: mouse, touch, or arrow keys and the space bar.
import { html, useLayoutEffect, useRef, useState } from "../kit/html.js";
import { say } from "../kit/say.js";

const SHADES = 12;

/** The colours that real pictures use most, as [r, g, b], far enough apart to tell. @param {any} pictures */
export function palette(pictures) {
  const counts = new Map();
  for (let p = 0; p < pictures.bytes.length; p += 3) {
    const rgb = [...pictures.bytes.subarray(p, p + 3)];
    const name = rgb.join();
    counts.set(name, { rgb, n: (counts.get(name)?.n ?? 0) + 1 });
  }
  const chosen = [[0, 0, 0], [255, 255, 255]];
  const away = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  for (const { rgb } of [...counts.values()].sort((a, b) => b.n - a.n)) {
    if (chosen.length === SHADES) break;
    if (chosen.every((c) => away(c, rgb) > 48)) chosen.push(rgb);
  }
  return chosen;
}

/** A colour in plain words, for who hears the page. @param {number[]} rgb */
export function tint([r, g, b]) {
  const high = Math.max(r, g, b);
  const low = Math.min(r, g, b);
  const shade = high < 70 ? "very dark" : high < 150 ? "dark" : low > 200 ? "very light" : low > 130 ? "light" : "";
  if (high - low < 28) return high < 40 ? "black" : low > 235 ? "white" : `${shade} grey`.trim();
  const turn = high === r ? ((g - b) / (high - low)) * 60 : high === g ? 120 + ((b - r) / (high - low)) * 60 : 240 + ((r - g) / (high - low)) * 60;
  const hue = (turn + 360) % 360;
  const name = hue < 15 ? "red" : hue < 42 ? (high < 190 ? "brown" : "orange") : hue < 70 ? "yellow" : hue < 165 ? "green" : hue < 200 ? "turquoise" : hue < 260 ? "blue" : hue < 330 ? "purple" : "red";
  return `${shade} ${name}`.trim();
}

/**
 * @param {{bytes: Uint8Array, size: number, colours: number[][], label: string,
 *   onPaint: (bytes: Uint8Array, begins: boolean) => void, onUndo: () => void}} props `begins`: of a stroke; one is undone at once
 */
export function Editor({ bytes, size, colours, label, onPaint, onUndo }) {
  const canvas = useRef(null);
  const [at, move] = useState([Math.floor(size / 2), Math.floor(size / 2)]);
  const [keys, setKeys] = useState(false);
  const [pen, take] = useState(0);
  const last = useRef(null);
  useLayoutEffect(() => { draw(canvas.current, bytes, size); }, [bytes]);
  const paintAt = (cells, begins) => {
    const next = bytes.slice();
    let changed = false;
    for (const [x, y] of cells) {
      const p = 3 * (y * size + x);
      if (next[p] !== colours[pen][0] || next[p + 1] !== colours[pen][1] || next[p + 2] !== colours[pen][2]) changed = true;
      next.set(colours[pen], p);
    }
    if (changed || begins) onPaint(next, begins);
  };
  const cell = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const of = (v, from, wide) => Math.max(0, Math.min(size - 1, Math.floor(((v - from) / wide) * size)));
    return [of(event.clientX, box.left, box.width), of(event.clientY, box.top, box.height)];
  };
  const down = (event) => {
    canvas.current.setPointerCapture(event.pointerId);
    setKeys(false);
    last.current = cell(event);
    paintAt([last.current], true);
  };
  const drag = (event) => {
    if (!last.current) return;
    const to = cell(event);
    paintAt(between(last.current, to), false);
    last.current = to;
  };
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const key = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); return onUndo(); }
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const by = step[event.key];
    if (by) {
      const to = [0, 1].map((k) => Math.max(0, Math.min(size - 1, at[k] + by[k])));
      move(to); setKeys(true);
      const p = 3 * (to[1] * size + to[0]);
      say(`row ${to[1] + 1}, column ${to[0] + 1}: ${tint([...bytes.subarray(p, p + 3)])}`);
    } else if (event.key === " " || event.key === "Enter") {
      paintAt([at], true); setKeys(true);
      say(`painted ${tint(colours[pen])}`);
    } else return undefined;
    return event.preventDefault();
  };
  return html`<div class="editor">
    <div class="easel" tabindex="0" role="application" aria-roledescription="pixel editor" aria-label=${label} onKeyDown=${key} onBlur=${() => setKeys(false)} onFocus=${(e) => setKeys(e.currentTarget.matches(":focus-visible"))}>
      <canvas ref=${canvas} class="picture" width=${size} height=${size} aria-hidden="true"
        onPointerDown=${down} onPointerMove=${drag} onPointerUp=${() => { last.current = null; }} onPointerCancel=${() => { last.current = null; }}></canvas>
      ${keys && html`<span class="pixel" style=${{ left: `${(100 * at[0]) / size}%`, top: `${(100 * at[1]) / size}%` }}></span>`}
    </div>
    <fieldset class="palette"><legend class="unseen">Colour of the brush</legend>
      ${colours.map((c, i) => html`<label key=${i}><input type="radio" name="pen" checked=${pen === i} onChange=${() => take(i)} aria-label=${tint(c)} /><span style=${{ background: `rgb(${c.join()})` }}></span></label>`)}
    </fieldset>
  </div>`;
}

/** @param {HTMLCanvasElement | null} canvas @param {Uint8Array} bytes @param {number} size */
function draw(canvas, bytes, size) {
  if (!canvas) return;
  const image = new ImageData(size, size);
  for (let p = 0; p < size * size; p++) {
    image.data.set(bytes.subarray(3 * p, 3 * p + 3), 4 * p);
    image.data[4 * p + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** All cells on the way, so that a quick hand leaves no gaps. */
function between([x0, y0], [x1, y1]) {
  const n = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
  return Array.from({ length: n + 1 }, (_, i) => [Math.round(x0 + ((x1 - x0) * i) / n), Math.round(y0 + ((y1 - y0) * i) / n)]);
}
