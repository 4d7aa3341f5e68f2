// A word of the field is underlined where it first stands, and opens its explanation.

const PLAIN = /[.*+?^${}()|[\]\\]/g;

/**
 * @param {string} markup safe HTML @param {{word: string, meaning: string}[]} terms @param {string} start of the ids
 * @returns {{markup: string, found: {id: string, word: string, meaning: string}[], left: {word: string, meaning: string}[]}}
 */
export function withTerms(markup, terms, start) {
  const page = new DOMParser().parseFromString(markup, "text/html");
  const found = [];
  const left = [];
  terms.forEach((term, i) => {
    const id = `${start}-term-${i}`;
    if (mark(page, term.word, id)) found.push({ id, ...term });
    else left.push(term);
  });
  return { markup: page.body.innerHTML, found, left };
}

/** @param {Document} page @param {string} word @param {string} id */
function mark(page, word, id) {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const pattern = new RegExp(`(?<![\\w-])${word.replace(PLAIN, "\\$&")}(?:s|es)?(?![\\w-])`, "i");
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("button, a, code")) continue;
    const hit = pattern.exec(node.data);
    if (!hit) continue;
    const rest = node.splitText(hit.index);
    rest.splitText(hit[0].length);
    const button = Object.assign(page.createElement("button"), { type: "button", className: "term", textContent: hit[0] });
    button.setAttribute("popovertarget", id);
    button.setAttribute("aria-describedby", `${id}-what`);
    rest.replaceWith(button);
    return true;
  }
  return false;
}

/** Put an explanation that opens beside its word. @param {Event & {newState?: string}} event */
export function place(event) {
  if (event.newState !== "open") return;
  const box = /** @type {HTMLElement} */ (event.currentTarget);
  const word = document.querySelector(`[popovertarget="${box.id}"]`)?.getBoundingClientRect();
  if (!word) return;
  requestAnimationFrame(() => {
    const { width, height } = box.getBoundingClientRect();
    const left = Math.max(8, Math.min(word.left, innerWidth - width - 8));
    const below = word.bottom + 8 + height < innerHeight;
    box.style.setProperty("left", `${left}px`);
    box.style.setProperty("top", `${below ? word.bottom + 6 : Math.max(8, word.top - height - 6)}px`);
  });
}
