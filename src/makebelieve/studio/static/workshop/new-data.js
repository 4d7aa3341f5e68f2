// Where the pictures come from: those that come with the package, those dropped in before, or new ones.
import { html, useEffect, useRef, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { say } from "../kit/say.js";
import { Note, useId } from "../kit/ui.js";
import { send, walked } from "./upload.js";
import { on, to } from "./new.js";
import { count, shapeWords } from "./words.js";

/** @param {{chosen: any}} props */
export function Data({ chosen }) {
  const [all, set] = useState(null);
  const [error, fail] = useState(null);
  useEffect(() => { get("/api/data").then(set, (e) => fail(e.message)); }, []);
  const own = all?.filter((d) => d.uploaded || d.source.includes("/")) ?? [];
  const embedded = all?.filter((d) => !own.includes(d)) ?? [];
  return html`<section class="stack" aria-labelledby="step-title"><h2 id="step-title" tabindex="-1">What should it learn from?</h2>
    <${Drop} />
    ${error && html`<${Note} kind="failure">${error}<//>`}
    ${own.length > 0 && html`<h3>Dropped in before</h3><${Sources} all=${own} chosen=${chosen} />`}
    <h3>Comes with the package</h3>
    ${all ? html`<${Sources} all=${embedded} chosen=${chosen} />` : !error && html`<p class="waiting" aria-busy="true">Looking what there is …</p>`}
    <${Path} /></section>`;
}

/** @param {{all: any[], chosen: any}} props */
function Sources({ all, chosen }) {
  return html`<ul class="sources">${all.map((d) => html`<li key=${d.source}><a class="source card" href=${to("look", { ...chosen, source: d.source })} aria-current=${chosen.source === d.source ? "true" : undefined}>
    ${d.preview && html`<img src=${d.preview} alt="" loading="lazy" />`}
    <span><b>${d.title ?? d.source}</b><br />${count(d.n)} ${d.kind === "points" ? "" : "pictures, "}${shapeWords(d.shape, d.kind ?? (d.shape?.length === 1 ? "points" : "pictures"))}${d.classes?.length ? html`<br /><span class="small">${count(d.classes.length)} labels, such as ${d.classes.slice(0, 2).join(" and ")}</span>` : ""}${d.licence ? html`<br /><span class="small">${d.licence}</span>` : ""}</span></a></li>`)}</ul>`;
}

/** A folder, a zip or pictures, dropped or chosen. */
function Drop() {
  const [over, hover] = useState(false);
  const [share, setShare] = useState(/** @type {number | null} */ (null));
  const [refusal, refuse] = useState(null);
  const [name, setName] = useState("");
  const stop = useRef(/** @type {null | (() => void)} */ (null));
  const [folder, files] = [useId("folder"), useId("files")];
  useEffect(() => () => stop.current?.(), []);
  const take = async (found) => {
    if (!found.files.length) return refuse("There was nothing in it that could be taken.");
    refuse(null); setShare(0); setName(found.name);
    say(`Sending ${count(found.files.length)} files.`);
    try {
      const sent = send(found, setShare);
      stop.current = sent.stop;
      const { source } = await sent.done;
      say("They are there.");
      on("look", { source });
    } catch (e) {
      refuse(e.message); say(e.message, "assertive");
    } finally {
      stop.current = null; setShare(null);
    }
    return undefined;
  };
  const chosen = (e) => { const list = [...e.currentTarget.files]; e.currentTarget.value = ""; if (list.length) take({ name: named(list), files: list.map((f) => [f.webkitRelativePath || f.name, f]) }); };
  const dropped = async (e) => {
    e.preventDefault(); hover(false);
    const found = await walked(e.dataTransfer);
    take(found);
  };
  if (share !== null) return html`<div class="drop" aria-busy="true"><p><b>${share < 1 ? `Sending ${name}: ${Math.floor(100 * share)} %` : `Reading ${name}, picture by picture …`}</b></p>
    <progress max="1" value=${share < 1 ? share : undefined} aria-label=${`Sending ${name}`}></progress><p><button type="button" class="quiet" onClick=${() => stop.current?.()}>Leave it</button></p></div>`;
  return html`<div class=${`drop ${over ? "over" : ""}`} onDragOver=${(e) => { e.preventDefault(); hover(true); }} onDragLeave=${() => hover(false)} onDrop=${dropped}>
      <p><b>Drop a folder, a zip or pictures here</b></p>
      <p class="row centred"><label class="button" for=${folder}>Choose a folder</label><input id=${folder} class="unseen" type="file" webkitdirectory multiple onChange=${chosen} />
        <label class="button quiet" for=${files}>Choose files or a zip</label><input id=${files} class="unseen" type="file" multiple accept="image/*,.zip,.npz,.npy,.csv,.tsv" onChange=${chosen} /></p>
      <p class="small">Sub-folders become labels. The pictures are copied into the studio's own folder on this machine and go nowhere else.</p>
    </div>${refusal && html`<${Note} kind="failure" title="It was not taken.">${refusal}<//>`}`;
}

/** What to call a choice of files. @param {any[]} list */
const named = (list) => list[0].webkitRelativePath?.split("/")[0] || list[0].name.replace(/\.\w+$/, "");

/** A path on this machine, for what is too large to be sent. */
function Path() {
  const [path, set] = useState("");
  const id = useId("path");
  const go = (e) => { e.preventDefault(); if (path.trim()) on("look", { source: path.trim() }); };
  return html`<details><summary>It already lies on this machine, or on the Hugging Face hub</summary>
    <form class="row path" onSubmit=${go}><label for=${id}>Folder, file or hub:OWNER/NAME</label><input id=${id} value=${path} spellcheck=${false} autocomplete="off" onInput=${(e) => set(e.currentTarget.value)} /><button type="submit" class="quiet">Take a look</button></form></details>`;
}
