// The state of a run, as a mark with a word.
import { html } from "../kit/html.js";
import { useStudio } from "../kit/live.js";
import { trainingOf } from "./use-run.js";
import { STATES } from "./words.js";

/** A key of STATES: what a run could not note itself, the studio knows. @param {any} run @returns {string} */
export function useStanding(run) {
  const { jobs } = useStudio();
  const training = trainingOf(jobs, run.name);
  if (run.state === "interrupted" && training?.asked === "pause") return "paused";
  if (run.state === "stopped" && training?.state === "failed") return "failed"; // on a disk that is full, say
  return run.state;
}

/** @param {{of: any}} props */
export function State({ of }) {
  const standing = useStanding(of);
  const [mark, words, kind] = STATES[standing] ?? ["·", standing, ""];
  return html`<span class=${`state ${kind}`}><span aria-hidden="true">${mark}</span> ${words}</span>`;
}
