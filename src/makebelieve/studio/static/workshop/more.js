// Go on with a run: as it was meant, or longer.
import { html, useState } from "../kit/html.js";
import { Command, Note, useId } from "../kit/ui.js";
import { Modal } from "./dialogs.js";
import { resume, useTry } from "./use-run.js";
import { count, left } from "./words.js";

/** @param {{run: any, onClose: () => void, onDone: () => void}} props */
export function More({ run, onClose, onDone }) {
  const done = run.state === "finished";
  const [examples, set] = useState(String(done ? 2 * (run.total ?? run.seen) : run.total ?? 2 * run.seen));
  const [attempt, refusal, busy] = useTry();
  const id = useId("examples");
  const n = Number(examples.replaceAll(",", "")) || 0;
  const longer = n !== run.total;
  const go = (e) => {
    e.preventDefault();
    attempt(() => resume(run.name, longer ? { "training.examples": n } : {})).then((ok) => ok && onDone());
  };
  const speed = run.seconds ? run.seen / run.seconds : null;
  return html`<${Modal} title=${done ? `Train ${run.name} longer` : `Go on with ${run.name}`} onClose=${onClose}>
    <form class="stack" onSubmit=${go}>
      <p>${run.states.length ? `It goes on from its last checkpoint, after ${count(run.states.at(-1))} examples.` : "There is no checkpoint, so it begins anew."}</p>
      <div class="field"><label for=${id}>Examples in all</label><input id=${id} class="number" inputmode="numeric" value=${examples} onInput=${(e) => set(e.currentTarget.value)} aria-describedby=${`${id}-help`} />
        <p id=${`${id}-help`} class="small">It has seen ${count(run.seen)}.${speed && n > run.seen ? ` At the speed so far: ${left((n - run.seen) / speed).replace(" left", "")}.` : ""}</p></div>
      ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
      <${Command} of=${`makebelieve resume ${run.name}${longer ? ` --examples ${n}` : ""}`} />
      <div class="row"><button type="submit" class="maker" disabled=${busy || n <= run.seen}>Go on</button><button type="button" class="quiet" onClick=${onClose}>Leave it</button></div>
    </form><//>`;
}
