// What is kept of the practice: to save, to bring back, to forget. Nothing is ever sent.
import { html, useRef, useState } from "../kit/html.js";
import { say } from "../kit/say.js";
import { everything, forget, save, write } from "../kit/stored.js";
import { Note } from "../kit/ui.js";
import { pack, unpack } from "./keeping-logic.js";
import { Confirm } from "./pieces.js";

const today = () => new Date().toISOString().slice(0, 10);

export function Keeping() {
  const [asking, ask] = useState(false);
  const [told, tell] = useState(null);
  const file = useRef(null);
  const told_ = (kind, title, text) => { tell({ kind, title, text }); say(`${title} ${text}`); };

  const bring = async () => {
    const [chosen] = file.current.files;
    if (!chosen) return;
    try {
      if (chosen.size > 20_000_000) throw new Error("The file is larger than 20 MB; a saved progress is far smaller.");
      const found = unpack(await chosen.text());
      const lost = Object.entries(found).filter(([key, value]) => !write(key, value));
      if (lost.length) throw new Error("The browser's storage is full: not everything could be brought back.");
      told_("good", "Brought back.", `Progress of ${Object.keys(found).length} places was read from ${chosen.name}.`);
    } catch (e) {
      told_("failure", "Nothing was changed.", e.message);
    } finally {
      file.current.value = "";
    }
  };
  const clear = () => { forget(); ask(false); told_("good", "Forgotten.", "This browser keeps nothing of your lesson and practice any more."); };

  return html`<section class="keeping" aria-labelledby="keeping">
    <h2 id="keeping">Your progress</h2>
    <p>It is kept in this browser, on this machine, and is never sent anywhere: not to us, not to the studio's own server.</p>
    <div class="row">
      <button type="button" class="quiet" onClick=${() => save(`makebelieve-progress-${today()}.json`, pack(everything()))}>Save to a file</button>
      <button type="button" class="quiet" onClick=${() => file.current.click()}>Bring back from a file</button>
      <input ref=${file} class="unseen" type="file" accept=".json,application/json" aria-label="A saved progress" tabindex="-1" onChange=${bring} />
      <button type="button" class="quiet" onClick=${() => ask(true)}>Forget everything</button>
    </div>
    ${told && html`<${Note} kind=${told.kind} title=${told.title}>${told.text}<//>`}
    <${Confirm} open=${asking} title="Forget all progress?" yes="Forget everything" no="Keep it" onYes=${clear} onNo=${() => ask(false)}>
      <p>Answers, sorting, cards with their review log, and where you were in the lesson are deleted from this browser. Trained models are not touched. This cannot be undone, unless you saved a file first.</p>
    <//>
  </section>`;
}
