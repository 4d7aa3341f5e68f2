// The deck as a whole: to save, to take to Anki, to bring back, to print.
import { html, useRef, useState } from "../kit/html.js";
import { say } from "../kit/say.js";
import { save } from "../kit/stored.js";
import { Note, Prose } from "../kit/ui.js";
import { merged } from "./cards-logic.js";
import { read, tidyCards, toJson, toTsv } from "./decks.js";
import { count } from "./pieces.js";

/** @param {{lesson: any, own: any[], ofRuns: number, log: any[], onCards: (f: any) => void, onLog: (f: any) => void}} props */
export function Deck({ lesson, own, ofRuns, log, onCards, onLog }) {
  const [told, tell] = useState(null);
  const file = useRef(null);
  const cards = [...lesson.practice.cards, ...own];
  const bring = async () => {
    const [chosen] = file.current.files;
    if (!chosen) return;
    try {
      if (chosen.size > 5_000_000) throw new Error("The file is larger than 5 MB; a deck of text is far smaller.");
      const found = read(await chosen.text(), new Set(lesson.practice.cards.map((c) => c.id)));
      const known = new Set(own.map((c) => c.id));
      const fresh = found.cards.filter((c) => !known.has(c.id));
      const all = merged(log, found.log);
      onCards(tidyCards([...own, ...fresh]));
      onLog(all);
      const text = `${count(fresh.length, "new card")} and ${count(all.length - log.length, "review")} from ${chosen.name}.`;
      tell({ kind: "good", title: "Read.", text }); say(`Read. ${text}`);
    } catch (e) {
      tell({ kind: "failure", title: "Nothing was changed.", text: e.message });
    } finally {
      file.current.value = "";
    }
  };
  return html`<details class="deck"><summary>The deck: ${count(cards.length, "card")}${ofRuns > 0 && `, ${ofRuns} more of your own runs`}, ${count(log.length, "review")}</summary>
    <p class="small">Every review is kept in this browser, in the order in which it happened, and is sent nowhere. Anki reads the text file through File, Import. Cards of your own runs stay here: their pictures are drawn anew each time.</p>
    <div class="row">
      <button type="button" class="quiet" onClick=${() => save(`${lesson.id}-cards.json`, toJson(lesson, cards, log))}>Save (JSON, with reviews)</button>
      <button type="button" class="quiet" onClick=${() => save(`${lesson.id}-anki.txt`, toTsv(lesson, cards), "text/tab-separated-values")}>For Anki (text)</button>
      <button type="button" class="quiet" onClick=${() => file.current.click()}>Bring in a deck</button>
      <input ref=${file} class="unseen" type="file" accept=".json,.txt,.tsv,.csv" aria-label="A deck" tabindex="-1" onChange=${bring} />
      <button type="button" class="quiet" onClick=${() => print()}>Print</button>
      ${own.length > 0 && html`<button type="button" class="quiet" onClick=${() => { onCards([]); tell({ kind: "plain", title: "Put away.", text: "The cards that you brought in are gone; their reviews are kept." }); }}>Put away the ${count(own.length, "card")} brought in</button>`}
    </div>
    ${told && html`<${Note} kind=${told.kind} title=${told.title}>${told.text}<//>`}
  </details>
  <section class="paper" aria-hidden="true"><h2>${lesson.title}: the cards</h2>
    <div class="sides">${cards.map((c) => html`<div key=${c.id} class="side">${c.own ? html`<p>${c.front}</p>` : html`<${Prose} of=${c.front} />`}</div><div key=${`${c.id} back`} class="side">${c.own ? html`<p>${c.back}</p>` : html`<${Prose} of=${c.back} />`}</div>`)}</div>
  </section>`;
}
