// The report card, in a frame that may run nothing.
import { html, useEffect, useState } from "../kit/html.js";
import { Note } from "../kit/ui.js";
import { address } from "./use-run.js";

/** @param {{run: any}} props */
export function Report({ run }) {
  const [state, set] = useState("asked");
  const [why, tell] = useState("");
  const url = `${address(run.name)}/report`;
  // Asked for once by itself, so that a refusal is a sentence here and not an odd page in a frame.
  useEffect(() => {
    let here = true;
    set("asked");
    fetch(url, { credentials: "same-origin" }).then(async (a) => {
      if (!here) return;
      if (a.ok) return set("there");
      tell((await a.json().catch(() => ({}))).error ?? `The studio answered with ${a.status}.`);
      set("refused");
    }, () => { if (here) { tell("The studio does not answer."); set("refused"); } });
    return () => { here = false; };
  }, [url, run.state, run.states.at(-1)]);
  if (state === "refused") return html`<${Note} kind="failure" title="There is no report card.">${why}<//>`;
  if (state === "asked") return html`<p class="waiting" aria-busy="true">Writing the report card: samples are drawn and measured, which takes some seconds …</p>`;
  return html`<p class="row"><a class="button quiet" href=${url} target="_blank" rel="noopener">Open it alone</a><a class="button quiet" href=${url} download=${`${run.name}.html`}>Save it</a></p>
    <iframe class="report" src=${url} sandbox="" title=${`Report card of ${run.name}`}></iframe>`;
}
