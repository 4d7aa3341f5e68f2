// A map of two numbers: whatever lies under the cursor is painted in the same frame.
import { html, useEffect, useMemo, useRef, useState } from "../kit/html.js";
import { paint } from "../kit/paint.js";
import { useId } from "../kit/ui.js";
import { percent, Trouble, useAsk, useNewest, useTell } from "./parts.js";
import { closest, frame, grid, toCode, toShare, usual } from "./plane.js";
import { named } from "./words.js";

const CELLS = 13;
const FINE = 0.02;
const FEWER = 220; // codes over pictures
// Over pictures of any colour, so the same in both themes.
const [DARK, LIGHT] = ["#14213d", "#ffffff"];

/**
 * @param {{run: string, title: string, about: string, judge: {run: string, column: string} | null, view: string,
 *   at: [number, number] | null, onAt: (z: [number, number]) => void, handle?: any, onReady?: () => void, measured?: boolean, children?: any}} props
 *   `at`: a code; null is the middle. `handle`: gets `moveTo(z)`.
 */
export function LatentMap({ run, title, about, judge, view, at, onAt, handle, onReady, measured = true, children }) {
  const asked = useAsk([run, "map", { n: 400 }]);
  if (!asked.answer) return html`<div class="latent loading" aria-busy="true"><h3>${title}</h3><${Trouble} of=${[asked]} /></div>`;
  return html`<${Drawn} ...${{ run, title, about, judge, view, at, onAt, handle, onReady, measured, children }} map=${asked.answer} />`;
}

function Drawn({ run, title, about, judge, view, at, onAt, handle, onReady, measured, children, map }) {
  const shown = useMemo(() => frame(map.extent), [map]);
  const shares = useMemo(() => map.codes.map((z) => toShare(shown, z)), [map]);
  const near = useMemo(() => usual(shares), [shares]);
  const field = useRef(null);
  const marker = useRef(null);
  const canvas = useRef(null);
  const here = useRef(at ? toShare(shown, at) : [0.5, 0.5]);
  const rest = useRef(0);
  const tell = useTell();
  const id = useId("map");
  const [words, setWords] = useState("");

  const draw = useNewest(({ pictures }, { since }) => {
    pictures.draw(canvas.current);
    if (since) performance.measure("latent-hover", { start: since, end: performance.now() });
  });
  const settle = (aloud) => {
    clearTimeout(rest.current);
    rest.current = setTimeout(async () => {
      const z = toCode(shown, here.current);
      if (aloud) onAt(z);
      const { i, away } = closest(shares, here.current);
      const label = map.classes[map.labels[i]];
      const place = away < near ? `Among codes of real faces${label ? ` (the nearest is one ${named(label, map.column)})` : ""}.`
        : away < 3 * near ? "At the edge of where real faces lie." : "Far from the code of any real face.";
      const verdict = judge && (await paint(judge.run, "judge", { z: [z], of: run }).then((a) => a.verdicts[0], () => null));
      const text = `${place}${verdict ? ` The judge calls it “${named(verdict.label, judge.column)}” and is ${percent(verdict.confidence)} sure.` : ""}`;
      setWords(text);
      if (aloud) tell(`${z[0].toFixed(1)} across, ${z[1].toFixed(1)} up. ${text}`);
    }, 250);
  };
  const moveTo = (share, since = 0, aloud = true) => {
    here.current = [Math.max(0, Math.min(1, share[0])), Math.max(0, Math.min(1, share[1]))];
    const z = toCode(shown, here.current);
    marker.current?.style.setProperty("left", `${100 * here.current[0]}%`);
    marker.current?.style.setProperty("top", `${100 * here.current[1]}%`);
    draw({ ask: [run, "decode", { z: [z] }], since });
    settle(aloud);
  };
  useEffect(() => {
    if (handle) handle.current = { moveTo: (z) => moveTo(toShare(shown, z)), reset: () => moveTo([0.5, 0.5], 0, false), map };
    moveTo(here.current, 0, false);
    onReady?.();
    return () => clearTimeout(rest.current);
  }, [map]);

  const box = useRef(null);
  const last = useRef("");
  // Some browsers tell of a move before the next frame, and then again: the question is on its way sooner.
  const point = (event) => {
    const where = `${event.clientX},${event.clientY}`;
    if (where === last.current && event.type !== "pointerdown") return;
    last.current = where;
    // The box is measured once for each entry, so that a move costs no layout.
    const b = box.current ?? (box.current = field.current.getBoundingClientRect());
    moveTo([(event.clientX - b.left) / b.width, (event.clientY - b.top) / b.height], event.timeStamp);
  };
  const enter = () => { box.current = field.current.getBoundingClientRect(); };
  useEffect(() => {
    const forget = () => { box.current = null; };
    addEventListener("scroll", forget, { passive: true });
    addEventListener("resize", forget);
    return () => { removeEventListener("scroll", forget); removeEventListener("resize", forget); };
  }, []);
  const key = (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Home") moveTo([0.5, 0.5], event.timeStamp);
    else if (by) { const far = event.shiftKey ? 5 * FINE : FINE; moveTo([here.current[0] + far * by[0], here.current[1] + far * by[1]], event.timeStamp); }
    else return;
    event.preventDefault();
  };

  return html`<div class="latent">
    <h3>${title}</h3>
    <p class="small about-map">${about} ${measured && map.hole_share != null && `Of random landings, ${percent(map.hole_share)} fall where no training face is near.`}</p>
    <div class="map-and-picture">
      <div class="field" ref=${field} tabindex="0" role="application" aria-roledescription="map" aria-label=${`${title}. Arrow keys move, with Shift farther, Home goes to the middle.`} aria-describedby=${id}
        onPointerEnter=${enter} onPointerDown=${(e) => { e.currentTarget.setPointerCapture(e.pointerId); enter(); point(e); }} onpointerrawupdate=${point} onPointerMove=${point} onKeyDown=${key}>
        ${view !== "codes" && html`<${Tiles} run=${run} shown=${shown} />`}
        ${view !== "pictures" && html`<${Dots} shares=${view === "both" ? shares.slice(0, FEWER) : shares} labels=${map.labels} />`}
        <span class="marker" ref=${marker} aria-hidden="true"></span>
      </div>
      <div class="under"><canvas ref=${canvas} class="picture" width="16" height="16" role="img" aria-label=${`what the decoder paints under the cursor. ${words}`}></canvas>
        <p class="small words" id=${id}>${words}</p>${children}</div>
    </div>
    ${view !== "pictures" && map.classes.length > 0 && html`<p class="small key" aria-hidden="true"><span class="mark filled"></span> ${named(map.classes[1], map.column)} <span class="mark hollow"></span> ${named(map.classes[0], map.column)}</p>`}
  </div>`;
}

/** What the decoder paints all over the map. */
function Tiles({ run, shown }) {
  const canvas = useRef(null);
  const asked = useAsk([run, "decode", { z: grid(shown, CELLS) }]);
  useEffect(() => {
    const pictures = asked.answer?.pictures;
    if (!pictures || !canvas.current) return;
    const { w, h } = pictures;
    Object.assign(canvas.current, { width: CELLS * w, height: CELLS * h });
    const pen = canvas.current.getContext("2d");
    for (let i = 0; i < pictures.n; i++) pen.putImageData(pictures.image(i), (i % CELLS) * w, Math.floor(i / CELLS) * h);
  }, [asked.answer]);
  return html`<canvas ref=${canvas} class="tiles" aria-hidden="true"></canvas>`;
}

/** Where the codes of held-out faces lie; filled squares and hollow rings tell two kinds apart without colour. */
function Dots({ shares, labels }) {
  const canvas = useRef(null);
  useEffect(() => {
    const draw = () => {
      const c = canvas.current;
      if (!c) return;
      const wide = Math.round(c.clientWidth * devicePixelRatio);
      if (!wide) return;
      Object.assign(c, { width: wide, height: wide });
      const pen = c.getContext("2d");
      const r = Math.max(2, wide / 170);
      shares.forEach(([u, v], i) => {
        const [x, y] = [u * wide, v * wide];
        pen.beginPath();
        if (labels[i] === 1) pen.rect(x - r, y - r, 2 * r, 2 * r); else pen.arc(x, y, r * 1.15, 0, 2 * Math.PI);
        pen.lineWidth = r * 1.4; pen.strokeStyle = LIGHT; pen.stroke();
        pen.lineWidth = r * 0.7; pen.strokeStyle = DARK; pen.fillStyle = labels[i] === 1 ? DARK : LIGHT;
        pen.fill(); pen.stroke();
      });
    };
    draw();
    const watch = new ResizeObserver(draw);
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, [shares, labels]);
  return html`<canvas ref=${canvas} class="dots" aria-hidden="true"></canvas>`;
}
