// The cheat sheet: one page, on the screen and on paper.
import { html } from "../kit/html.js";
import { Note, Prose } from "../kit/ui.js";
import { useLesson, useTitle } from "./load.js";

/** @param {{parts: string[]}} props */
export function CheatSheet({ parts: [id = "imagine"] }) {
  const { lesson, error } = useLesson(id);
  useTitle(lesson && `Cheat sheet: ${lesson.title}`);
  if (error) return html`<div class="column"><${Note} kind="failure" title="The cheat sheet could not be read.">${error}<//></div>`;
  if (!lesson) return html`<div class="column" aria-busy="true"></div>`;
  return html`<article class="cheat-sheet wide">
    <header class="row">
      <h1>${lesson.title}: the cheat sheet</h1>
      <div class="row no-print">
        <button type="button" onClick=${() => print()}>Print it</button>
        <a class="button quiet" href=${`/lesson/${id}`}>Back to the lesson</a>
      </div>
    </header>
    <${Prose} of=${lesson.cheat_sheet.replaceAll("<th></th>", "<td></td>")} class="columns" />
  </article>`;
}
