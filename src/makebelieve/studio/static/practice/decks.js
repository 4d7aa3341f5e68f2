// Decks as files: JSON with the review log, and text that Anki reads. What is read is text, never a page. Nothing here draws.
import { tidy } from "./cards-logic.js";

const FORMAT = "makebelieve-cards";
const MOST = { cards: 5_000, characters: 4_000 };
const SEPARATORS = { tab: "\t", comma: ",", semicolon: ";", pipe: "|", colon: ":", space: " " };

/** @param {{id: string, title: string}} lesson @param {any[]} cards @param {any[]} log */
export const toJson = (lesson, cards, log) =>
  JSON.stringify({ format: FORMAT, version: 1, lesson: lesson.id, title: lesson.title, cards: cards.map(({ id, front, back, tags = [] }) => ({ id, front, back, tags })), log }, null, 1);

/** A field of a line: no tab, no line end, quoted where a reader could stumble. */
function field(text) {
  const flat = text.replace(/<a\b[^>]*>([^]*?)<\/a>/g, "$1").replace(/\s+/g, " ").trim();
  return /["#]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
}

/** Text with tabs that Anki imports: headers first, then front, back and tags. @param {{title: string}} lesson @param {any[]} cards */
export function toTsv(lesson, cards) {
  const deck = lesson.title.replace(/[\t\n:]/g, " ");
  const head = ["#separator:tab", "#html:true", `#deck:${deck}`, "#columns:Front\tBack\tTags", "#tags column:3"];
  const rows = cards.map((c) => [c.front, c.back, (c.tags ?? []).map((t) => t.replace(/\s+/g, "-")).join(" ")].map(field).join("\t"));
  return `${[...head, ...rows].join("\n")}\n`;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** What a piece of HTML says, without what it is. @param {string} html */
export function toText(html) {
  return html.replace(/<(script|style)\b[^]*?(<\/\1\s*>|$)/gi, "").replace(/<(br|\/p|\/div|\/li)\b[^>]*>/gi, "\n").replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi, (all, ten, hex, name) => {
      if (name) return ENTITIES[name.toLowerCase()] ?? all;
      const code = ten ? Number(ten) : parseInt(hex, 16);
      return code > 31 && code < 0x110000 ? String.fromCodePoint(code) : "";
    }).replace(/[ \t]+/g, " ").replace(/\n{2,}/g, "\n").trim();
}

/** The same front and back are the same card, wherever they come from. */
function idOf(front, back) {
  let h = 2166136261;
  for (const c of `${front}\t${back}`) h = Math.imul(h ^ c.codePointAt(0), 16777619) >>> 0;
  return `own:${h.toString(36)}-${front.length}`;
}

function card(front, back, tags, where) {
  if (typeof front !== "string" || typeof back !== "string") throw new Error(`${where} needs a “front” and a “back”, both texts.`);
  const made = { front: toText(front), back: toText(back), tags };
  if (!made.front || !made.back) throw new Error(`${where} has an empty ${made.front ? "back" : "front"}; a card needs both.`);
  if (made.front.length > MOST.characters || made.back.length > MOST.characters) throw new Error(`${where} is longer than ${MOST.characters} characters; a card holds one question.`);
  return { id: idOf(made.front, made.back), ...made };
}

/** What was kept of one's own cards. @param {any} kept */
export const tidyCards = (kept) => (Array.isArray(kept) ? kept : []).filter((c) => c && [c.id, c.front, c.back].every((x) => typeof x === "string")).slice(0, MOST.cards)
  .map((c) => ({ id: c.id, front: c.front, back: c.back, tags: Array.isArray(c.tags) ? c.tags.filter((t) => typeof t === "string") : [], own: true }));

/**
 * Read a deck; one clear sentence if that cannot be done.
 * @param {string} text @param {Set<string>} known ids of the lesson's own cards, which are not read again
 * @returns {{cards: any[], log: any[]}}
 */
export function read(text, known) {
  if (!text.trim()) throw new Error("The file is empty.");
  if (text.includes("\0")) throw new Error("The file is not text; choose a JSON file saved here, or text with tabs exported from Anki.");
  const bare = text.replace(/^\uFEFF/, "");
  const found = /^\s*[{[]/.test(bare) ? fromJson(bare, known) : { cards: fromTsv(bare), log: [] };
  if (found.cards.length > MOST.cards) throw new Error(`The file holds ${found.cards.length} cards; ${MOST.cards} are the most.`);
  const once = new Map(found.cards.map((c) => [c.id, c]));
  return { cards: [...once.values()], log: found.log };
}

function fromJson(text, known) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("The file begins like JSON, but is broken; save it again where it came from.");
  }
  if (found?.format !== FORMAT) throw new Error("The file is JSON, but no deck that was saved here: its “format” is missing.");
  if (found.version !== 1) throw new Error(`The deck is of version ${String(found.version).slice(0, 20)}; this studio reads version 1.`);
  if (!Array.isArray(found.cards)) throw new Error("The deck holds no list of “cards”.");
  const cards = found.cards.filter((c) => !known.has(c?.id))
    .map((c, i) => card(c?.front, c?.back, Array.isArray(c?.tags) ? c.tags.filter((t) => typeof t === "string") : [], `Card ${i + 1} of the file`));
  return { cards, log: tidy(found.log) };
}

function fromTsv(text) {
  const { head, body, line } = header(text);
  const separator = head.separator ?? guess(body);
  const tags = Number(head["tags column"]) || 0;
  const rest = (row) => row.filter((_, i) => i + 1 !== tags);
  return rows(body, separator).map(({ cells, at }) => {
    const where = `Line ${line + at} of the file`;
    const [front, back] = rest(cells);
    if (back === undefined) throw new Error(`${where} has one column; a card needs a front and a back, with a tab between them.`);
    return card(front, back, tags && cells[tags - 1] ? cells[tags - 1].split(/\s+/).filter(Boolean).slice(0, 50) : [], where);
  });
}

/** Lines such as #separator:tab, which say how the rest is to be read. */
function header(text) {
  const lines = text.split(/\r?\n/);
  const head = {};
  let line = 0;
  for (; line < lines.length && lines[line].startsWith("#"); line++) {
    const [, key, value] = /^#([\w ]+):(.*)$/.exec(lines[line]) ?? [];
    if (key) head[key.toLowerCase()] = value;
  }
  if (head.separator !== undefined) {
    const given = head.separator.trim().toLowerCase();
    head.separator = SEPARATORS[given] ?? (head.separator.length === 1 ? head.separator : null);
    if (!head.separator) throw new Error(`The file names a separator that is not known here: ${given.slice(0, 20)}.`);
  }
  return { head, body: lines.slice(line).join("\n"), line: line + 1 };
}

const guess = (body) => ["\t", ";", ","].find((s) => body.slice(0, 2_000).includes(s)) ?? "\t";

/** Rows of cells; a quoted cell may hold the separator, line ends and doubled quotes. */
function rows(body, separator) {
  const found = [];
  let cells = [];
  let cell = "";
  let quoted = false;
  let [line, began] = [0, 0];
  const row = () => {
    cells.push(cell);
    if (cells.some((c) => c.trim())) found.push({ cells, at: began });
    cells = []; cell = ""; began = line + 1;
  };
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (quoted) {
      if (c === '"' && body[i + 1] === '"') { cell += '"'; i++; } else if (c === '"') quoted = false; else cell += c;
      if (c === "\n") line++;
    } else if (c === '"' && !cell) quoted = true;
    else if (c === separator) { cells.push(cell); cell = ""; } else if (c === "\n") { row(); line++; } else cell += c;
  }
  if (quoted) throw new Error(`Line ${began + 1} of the cards opens a quotation mark that is never closed.`);
  row();
  return found;
}
