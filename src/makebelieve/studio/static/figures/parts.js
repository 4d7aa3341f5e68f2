// What several figures share: asking a model, drawing only while seen, telling in words, resetting.
import { html, useCallback, useEffect, useRef, useState } from "../kit/html.js";
import { useLessonRun } from "../kit/live.js";
import { paint, Stale } from "../kit/paint.js";
import { say } from "../kit/say.js";
import { Note } from "../kit/ui.js";

export const SOURCE = "avatars";

/**
 * Ask once for each different question; the last answer stays until the next one is there.
 * @param {[string | null, string, Record<string, any>] | null} question run, ask, what; null: do not ask yet
 * @returns {{answer: any, error: string | null, again: () => void, busy: boolean}}
 */
export function useAsk(question) {
  const text = question && JSON.stringify(question);
  const [state, set] = useState({ answer: null, error: null, of: null });
  const [turn, again] = useState(0);
  useEffect(() => {
    if (!text) return undefined;
    let here = true;
    const [run, ask, what] = JSON.parse(text);
    paint(run, ask, what).then(
      (answer) => here && set({ answer, error: null, of: text }),
      (e) => here && !(e instanceof Stale) && set((s) => ({ ...s, error: e.message, of: text })),
    );
    return () => { here = false; };
  }, [text, turn]);
  return { answer: state.answer, error: state.error, again: () => again((n) => n + 1), busy: Boolean(text) && state.of !== text };
}

/** What stands where an answer did not come. @param {{of: {error: string | null, again: () => void}[]}} props */
export function Trouble({ of }) {
  const failed = of.filter((a) => a.error);
  if (!failed.length) return null;
  return html`<${Note} kind="failure" title="The model did not answer.">${failed[0].error}
    <button type="button" class="quiet" onClick=${() => failed.forEach((a) => a.again())}>Ask again</button><//>`;
}

/**
 * One question in flight, the newest waits, those between are forgotten.
 * @param {(answer: any, question: any) => void} take
 */
export function newest(take) {
  let busy = false;
  let next = null;
  const go = (question) => {
    busy = true;
    const [run, ask, what] = question.ask;
    paint(run, ask, what).then((answer) => take(answer, question), () => {}).finally(() => {
      busy = false;
      if (next) { const q = next; next = null; go(q); }
    });
  };
  return (question) => { if (busy) next = question; else go(question); };
}

/** `newest`, for a component. @param {(answer: any, question: any) => void} take */
export function useNewest(take) {
  const latest = useRef(take);
  latest.current = take;
  const ask = useRef(null);
  ask.current ??= newest((a, q) => latest.current(a, q));
  return ask.current;
}

/** Is the element on the screen, of a page that is looked at? @returns {[any, boolean]} */
export function useSeen() {
  const ref = useRef(null);
  const [near, setNear] = useState(false);
  const [shown, setShown] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setShown(!document.hidden);
    const watch = new IntersectionObserver(([e]) => setNear(e.isIntersecting));
    if (ref.current) watch.observe(ref.current);
    document.addEventListener("visibilitychange", look);
    return () => { watch.disconnect(); document.removeEventListener("visibilitychange", look); };
  }, []);
  return [ref, near && shown];
}

/**
 * Keep what a hand has come to rest at: while it moves nothing is written, for browsers forbid many changes of an address at once.
 * @param {any} value @param {(value: any) => void} keep @param {boolean} [moving]
 */
export function useRest(value, keep, moving = false) {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) { first.current = false; return undefined; }
    if (moving) return undefined;
    const id = setTimeout(() => keep(value), 400);
    return () => clearTimeout(id);
  }, [value, moving]);
}

/** Words for a screen reader: the newest, once things have come to rest, at most once a second. */
export function useTell() {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback((text) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => say(text), 1_000);
  }, []);
}

/** A run's row among others: one line until it is trained, instead of a whole waiting figure. @param {{run: string, name: string, children: any}} props `run`: a key of the lesson's */
export function Row({ run, name, children }) {
  const { state, share } = useLessonRun(run);
  return state === "finished" ? children : html`<p class="small">${name}: ${state === "training" ? `being trained, ${percent(share)}` : "not trained yet"}</p>`;
}

/** @param {{onReset: () => void}} props */
export const Reset = ({ onReset }) =>
  html`<button type="button" class="quiet reset" onClick=${() => { onReset(); say("The figure is as it was at first."); }}>Reset</button>`;

/** A part of a figure with a small heading of its own. @param {{title: string, kind?: string, children: any}} props */
export const Part = ({ title, kind = "", children }) =>
  html`<section class=${`part ${kind}`}><h3>${title}</h3>${children}</section>`;

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** @param {number} a @param {number} b @param {number} t */
export const mix = (a, b, t) => a + (b - a) * t;

/** Numbers in the address, as short as can be. @param {number[]} xs */
export const pack = (xs) => xs.map((x) => x.toFixed(2)).join("~");
/** @param {string} text @param {number} n @returns {number[] | null} */
export function unpack(text, n) {
  const xs = text.split("~").map(Number);
  return xs.length === n && xs.every(Number.isFinite) ? xs : null;
}

/** How far two pictures are apart: the mean difference of a colour value, as a share of its range. @param {Uint8Array} a @param {Uint8Array} b */
export function difference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length / 255;
}

/** The same colours as the page's, for a canvas. @param {Element} element @param {string} name */
export const colour = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();
