// The workshop: one room per address.
import { html, useEffect } from "../kit/html.js";
import { Note } from "../kit/ui.js";
import { List } from "./list.js";
import { Run } from "./run.js";
import { Compare } from "./compare.js";
import { New } from "./new.js";

const ROOMS = [
  [/^$/, List, () => "Workshop"],
  [/^new$/, New, () => "New training"],
  [/^compare$/, Compare, () => "Compare runs"],
  [/^runs\/([^/]+)$/, Run, (name) => name],
];

/** @param {{parts: string[]}} props */
export function Workshop({ parts: [rest = ""] }) {
  const path = (rest ?? "").replace(/\/$/, "");
  const [pattern, Room, title] = ROOMS.find(([p]) => p.test(path)) ?? [];
  const name = pattern ? decodeURIComponent(pattern.exec(path)[1] ?? "") : "";
  useEffect(() => { document.title = `${title ? title(name) : "Nothing here"} · makebelieve`; }, [path]);
  if (!Room) return html`<div class="wide"><h1>There is no such room</h1><${Note}>The workshop has no page of that name. <a href="/workshop">Go to all runs.</a><//></div>`;
  return html`<div class="wide workshop"><${Room} name=${name} /></div>`;
}
