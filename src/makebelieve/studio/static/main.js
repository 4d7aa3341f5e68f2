// The shell: where am I, where can I go, and which page is drawn.
import { html, render, useEffect, useErrorBoundary, useState } from "./kit/html.js";
import { useStudio } from "./kit/live.js";
import { useStored } from "./kit/stored.js";
import { catchLinks, useAddress } from "./kit/url.js";
import { Note } from "./kit/ui.js";

/** [address, module, export, style sheet]; the first that fits is drawn. Parts in parentheses are handed on. */
const PAGES = [
  [/^\/$/, "./lesson/front.js", "Front", "lesson"],
  [/^\/lesson\/([\w-]+)$/, "./lesson/page.js", "Lesson", "lesson"],
  [/^\/lesson\/([\w-]+)\/cheat-sheet$/, "./lesson/cheat-sheet.js", "CheatSheet", "lesson"],
  [/^\/cheat-sheet$/, "./lesson/cheat-sheet.js", "CheatSheet", "lesson"],
  [/^\/practice(?:\/([\w-]+))?$/, "./practice/page.js", "Practice", "practice"],
  [/^\/workshop(?:\/(.*))?$/, "./workshop/page.js", "Workshop", "workshop"],
];

const PLACES = [["/lesson/imagine", "Lesson"], ["/practice", "Practice"], ["/workshop", "Workshop"]];

function Shell() {
  const { pathname } = useAddress();
  const place = PAGES.find(([pattern]) => pattern.test(pathname));
  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <header class="bar">
      <a class="brand" href="/"><img src="/static/icon.svg" alt="" width="24" height="24" /> makebelieve</a>
      <nav aria-label="Places">${PLACES.map(([to, name]) => html`<a key=${to} href=${to} aria-current=${pathname.startsWith(to) ? "page" : undefined}>${name}</a>`)}</nav>
      <${Training} /><${Theme} />
    </header>
    <${Away} />
    <main id="main" tabindex="-1">${place ? html`<${Page} key=${pathname} place=${place} pathname=${pathname} />` : html`<${Lost} />`}</main>`;
}

function Page({ place: [pattern, file, name, style], pathname }) {
  const [drawn, set] = useState(null);
  const [failed] = useErrorBoundary();
  const [missing, miss] = useState(null);
  useEffect(() => {
    let here = true;
    Promise.all([import(file), styled(style)]).then(([m]) => here && set({ it: m[name] }), (e) => here && miss(e));
    return () => { here = false; };
  }, []);
  const wrong = failed ?? missing;
  if (wrong) return html`<div class="column"><${Note} kind="failure" title="This page could not be drawn.">${String(wrong.message ?? wrong)} Load it again; your progress is kept.<//></div>`;
  if (!drawn) return html`<div class="column" aria-busy="true"></div>`;
  return html`<${drawn.it} parts=${pattern.exec(pathname).slice(1)} />`;
}

const sheets = new Map();
function styled(name) {
  if (!sheets.has(name)) {
    sheets.set(name, new Promise((done) => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/static/${name}/${name}.css`, onload: done, onerror: done });
      document.head.append(link);
    }));
  }
  return sheets.get(name);
}

function Training() {
  const { training } = useStudio();
  const all = Object.values(training);
  const done = all.filter((t) => t.state === "finished").length;
  if (!all.length || done === all.length) return null;
  const share = all.reduce((sum, t) => sum + (t.state === "finished" ? 1 : t.share ?? 0), 0) / all.length;
  return html`<span class="training"><progress max="1" value=${share} aria-label="Training of the lesson's models"></progress> ${done} of ${all.length} trained</span>`;
}

function Theme() {
  const [theme, set] = useStored("theme", null);
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const turn = () => { const next = dark ? "light" : "dark"; document.documentElement.dataset.theme = next; set(next); };
  return html`<button type="button" class="quiet theme" onClick=${turn} aria-label=${dark ? "Use light colours" : "Use dark colours"}>${dark ? "☀" : "☾"}</button>`;
}

function Away() {
  const { connected, known } = useStudio();
  return !known || connected ? null : html`<div class="away" role="status">The studio does not answer. Trainings that were started go on; this page comes back by itself, or start the studio again with <code>makebelieve studio</code>.</div>`;
}

function Lost() {
  return html`<div class="column"><h1>There is nothing here</h1><p>The address leads nowhere. <a href="/">Go to the front page.</a></p></div>`;
}

/** A file that misses its place would be opened instead of the page. @param {DragEvent} event */
function keepPage(event) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

catchLinks();
addEventListener("dragover", keepPage);
render(html`<${Shell} />`, document.getElementById("page"));
