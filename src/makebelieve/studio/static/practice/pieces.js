// Small pieces that the exercises share.
import { html, useEffect, useLayoutEffect, useRef } from "../kit/html.js";
import { useId } from "../kit/ui.js";

/** Named points to tick, each honestly. @param {{points: string[], ticked: boolean[], onTick: (i: number, on: boolean) => void, legend: string, locked?: boolean}} props */
export function Points({ points, ticked, onTick, legend, locked = false }) {
  return html`<fieldset class="points"><legend>${legend}</legend>
    ${points.map((text, i) => html`<label key=${i}><input type="checkbox" checked=${Boolean(ticked[i])} disabled=${locked} onChange=${(e) => onTick(i, e.currentTarget.checked)} /> <span>${text}</span></label>`)}
  </fieldset>`;
}

/** A place that takes the focus when it appears, so that the keyboard and the screen reader follow. */
export function Arrive({ children, as = "div", on = true, ...rest }) {
  const place = useRef(null);
  useLayoutEffect(() => { if (on) place.current?.focus({ preventScroll: false }); }, []);
  return html`<${as} ref=${place} tabindex="-1" ...${rest}>${children}<//>`;
}

/** A question with two ways out. @param {{open: boolean, title: string, yes: string, no?: string, onYes: () => void, onNo: () => void, children?: any}} props */
export function Confirm({ open, title, yes, no = "Keep it", onYes, onNo, children }) {
  const dialog = useRef(null);
  const id = useId("confirm");
  useEffect(() => {
    const it = dialog.current;
    if (open && !it.open) it.showModal();
    if (!open && it.open) it.close();
  }, [open]);
  return html`<dialog ref=${dialog} aria-labelledby=${id} onCancel=${(e) => { e.preventDefault(); onNo(); }}>
    <h2 id=${id} class="calm">${title}</h2>${children}
    <div class="row"><button type="button" class="quiet" autofocus onClick=${onNo}>${no}</button><button type="button" class="danger" onClick=${onYes}>${yes}</button></div>
  </dialog>`;
}

/** Dots for how far something is, with words for who cannot see them. @param {{marks: boolean[], need: number}} props */
export function Dots({ marks, need }) {
  const all = [...marks, ...Array(Math.max(0, need - marks.length)).fill(null)];
  const right = marks.filter(Boolean).length;
  return html`<span class="dots" role="img" aria-label=${`${right} of ${need} right`}>${all.map((m, i) => html`<i key=${i} class=${m === null ? "" : m ? "right" : "wrong"}>${m === false ? "×" : ""}</i>`)}</span>`;
}

/**
 * Keys for the whole exercise; not while something is being written, and not with a modifier.
 * @param {(key: string, event: KeyboardEvent) => boolean | void} hear true: the key was used
 */
export function useKeys(hear) {
  const latest = useRef(hear);
  latest.current = hear;
  // Before anything is painted: a key pressed the moment a card is seen must not be lost.
  useLayoutEffect(() => {
    const down = (event) => {
      const { target } = event;
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
      if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || document.querySelector("dialog[open]")) return;
      if (target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox") return;
      if (latest.current(event.key, event)) event.preventDefault();
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, []);
}

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
