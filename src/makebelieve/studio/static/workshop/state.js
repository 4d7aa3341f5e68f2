// The state of a run, as a mark with a word.
import { html } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { trainingOf } from "./use-run.js";
import { STATES } from "./words.js";

/** A key of STATES: a run cannot know whether it was ended for good, but the studio knows what was asked. @param {any} run @returns {string} */
export function useStanding(run) {
  const { jobs } = useStudio();
  return run.state === "interrupted" && trainingOf(jobs, run.name)?.asked === "pause" ? "paused" : run.state;
}

/** @param {{of: any}} props */
export function State({ of }) {
  const standing = useStanding(of);
  const [mark, words, kind] = STATES[standing] ?? ["·", standing, ""];
  return html`<span class=${`state ${kind}`}><span aria-hidden="true">${mark}</span> ${words}</span>`;
}
