// The state of a run, as a mark with a word.
import { html } from "../kit/html.js";
import { STATES } from "./words.js";

/** @param {{of: any}} props */
export function State({ of }) {
  const [mark, words, kind] = STATES[of.state] ?? ["·", of.state, ""];
  return html`<span class=${`state ${kind}`}><span aria-hidden="true">${mark}</span> ${words}</span>`;
}
