// Small windows that ask before something is changed.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { Note, useId } from "../kit/ui.js";
import { count } from "./words.js";
import { erase, rename, rewind, useTry } from "./use-run.js";
import { say } from "../kit/say.js";

/**
 * A modal window; Escape closes it, and the focus goes back to where it was.
 * @param {{title: string, onClose: () => void, children?: any}} props
 */
export function Modal({ title, onClose, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId("modal");
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => { if (before instanceof HTMLElement && before.isConnected) before.focus(); };
  }, []);
  return html`<dialog ref=${box} aria-labelledby=${id} onCancel=${(e) => { e.preventDefault(); onClose(); }}>
    <h2 id=${id} class="modal-title">${title}</h2>${children}</dialog>`;
}

/** @param {{names: string[], onClose: () => void, onDone: () => void}} props */
export function Delete({ names, onClose, onDone }) {
  const [attempt, refusal, busy] = useTry();
  const many = names.length > 1;
  const go = () => attempt(async () => { for (const name of names) await erase(name); })
    .then((done) => { if (done) { say(`${names.join(", ")} deleted.`); onDone(); } });
  return html`<${Modal} title=${many ? `Delete ${names.length} runs?` : `Delete ${names[0]}?`} onClose=${onClose}>
    ${many && html`<ul>${names.map((n) => html`<li key=${n}><code>${n}</code></li>`)}</ul>`}
    <p>Everything in ${many ? "them" : "it"} goes: checkpoints, samples, logs. It cannot be undone.</p>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    <div class="row"><button type="button" class="danger" disabled=${busy} onClick=${go}>Delete ${many ? `${names.length} runs` : names[0]}</button>
      <button type="button" class="quiet" onClick=${onClose}>Keep ${many ? "them" : "it"}</button></div><//>`;
}

/** @param {{name: string, onClose: () => void, onDone: (to: string) => void}} props */
export function Rename({ name, onClose, onDone }) {
  const [to, set] = useState(name);
  const [attempt, refusal, busy] = useTry();
  const id = useId("name");
  const go = (e) => {
    e.preventDefault();
    attempt(() => rename(name, to.trim())).then((done) => done && onDone(done.name ?? to.trim()));
  };
  return html`<${Modal} title=${`Rename ${name}`} onClose=${onClose}>
    <form class="stack" onSubmit=${go}>
      <div class="field"><label for=${id}>New name</label><input id=${id} value=${to} required autocomplete="off" spellcheck=${false} aria-describedby=${refusal ? `${id}-why` : undefined} onInput=${(e) => set(e.currentTarget.value)} /></div>
      ${refusal && html`<div id=${`${id}-why`}><${Note} kind="failure">${refusal}<//></div>`}
      <div class="row"><button type="submit" disabled=${busy || !to.trim() || to.trim() === name}>Rename</button><button type="button" class="quiet" onClick=${onClose}>Leave it</button></div>
    </form><//>`;
}

/** @param {{run: any, onClose: () => void, onDone: (name: string) => void}} props */
export function Rewind({ run, onClose, onDone }) {
  const [chosen, set] = useState(run.states.at(-1));
  // A run that has just stopped may have let go of the one that was its newest.
  const seen = run.states.includes(Number(chosen)) ? chosen : run.states.at(-1);
  const [attempt, refusal, busy] = useTry();
  const id = useId("rewind");
  const go = (e) => {
    e.preventDefault();
    attempt(() => rewind(run.name, Number(seen))).then((done) => done && onDone(done.name ?? done.run));
  };
  return html`<${Modal} title="Go back to an earlier checkpoint" onClose=${onClose}>
    <form class="stack" onSubmit=${go}>
      <p>This makes a new run that stands where ${run.name} stood then. ${run.name} itself stays as it is, and the new one can go on from there, for longer or for less.</p>
      <div class="field"><label for=${id}>Checkpoint</label><select id=${id} value=${seen} onChange=${(e) => set(e.currentTarget.value)}>${run.states.map((s) => html`<option key=${s} value=${s}>after ${count(s)} examples</option>`)}</select></div>
      ${run.states.length < 3 && html`<p class="small">Only the newest checkpoints are kept; the setting <code>training.keep</code> says how many.</p>`}
      ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
      <div class="row"><button type="submit" disabled=${busy}>Make the new run</button><button type="button" class="quiet" onClick=${onClose}>Leave it</button></div>
    </form><//>`;
}
