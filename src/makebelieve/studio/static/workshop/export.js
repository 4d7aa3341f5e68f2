// The model as files that other programs read.
import { html } from "../kit/html.js";
import { post } from "../kit/api.js";
import { useStudio } from "../kit/live.js";
import { Command, Note, Progress } from "../kit/ui.js";
import { address, useTry } from "./use-run.js";

/** @param {{run: any}} props */
export function Export({ run }) {
  const { jobs } = useStudio();
  const [attempt, refusal, busy] = useTry();
  const job = jobs.filter((j) => j.kind === "export" && j.run === run.name).at(-1);
  const url = `${address(run.name)}/export`;
  const working = job && ["running", "queued"].includes(job.state);
  return html`<div class="card stack">
    <h2>Take it elsewhere</h2>
    <p>The weights as safetensors, the model as ONNX where that is installed, the recipe and a read-me, in one zip. What is written is loaded again and compared with the run before it is called done.</p>
    ${refusal && html`<${Note} kind="failure">${refusal}<//>`}
    ${job?.state === "failed" && html`<${Note} kind="failure" title="The export failed.">${job.why}<//>`}
    ${working && html`<${Progress} share=${job.share ?? 0} label=${job.state === "queued" ? "Waiting for its turn" : "Writing and checking the files"} />`}
    <div class="row"><button type="button" disabled=${busy || working} onClick=${() => attempt(() => post(url))}>${job?.state === "finished" ? "Export again" : "Export"}</button>
      ${job?.state === "finished" && html`<a class="button quiet" href=${url} download=${`${run.name}.zip`}>Download the zip</a>`}</div>
    <p>The same in a terminal:</p><${Command} of=${`makebelieve export ${run.name}`} /></div>`;
}
