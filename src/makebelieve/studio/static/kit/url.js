// The state of a page is its address: it can be shared, bookmarked and gone back to.
import { useEffect, useState } from "./html.js";

/** @type {Set<() => void>} */
const watchers = new Set();
const tell = () => watchers.forEach((w) => w());

const PACE = 350; // ms: Safari allows a hundred changes of the address in thirty seconds
let coming = ""; // an address that is not written yet
let written = -PACE;
let timer = 0;

/** The address as it is, or will be in a moment. */
export const present = () => new URL(coming || location.href);

function write() {
  clearTimeout(timer);
  timer = 0;
  if (coming) history.replaceState(null, "", coming);
  coming = "";
  written = performance.now();
}
addEventListener("pagehide", write);
addEventListener("popstate", () => { coming = ""; tell(); });

/** @param {string} to a path of the studio @param {{replace?: boolean, keep?: boolean}} [how] `keep`: stay where the page is scrolled */
export function go(to, { replace = false, keep = false } = {}) {
  if (!replace) {
    write();
    history.pushState(null, "", to);
  } else {
    coming = new URL(to, location.href).href;
    if (performance.now() - written > PACE) write();
    else timer ||= setTimeout(write, PACE);
  }
  tell();
  if (!keep && !present().hash) scrollTo(0, 0);
}

/** The present address; the component is drawn again when it changes. */
export function useAddress() {
  const [, again] = useState({});
  useEffect(() => {
    const look = () => again({});
    watchers.add(look);
    return () => { watchers.delete(look); };
  }, []);
  return present();
}

/**
 * One part of the page's state, kept in the address: `const [tab, setTab] = useParam("tab", "curves")`.
 * @param {string} name @param {string} otherwise
 * @returns {[string, (value: string | null) => void]}
 */
export function useParam(name, otherwise) {
  const address = useAddress();
  const set = (value) => {
    const next = present();
    if (value === null || value === otherwise) next.searchParams.delete(name);
    else next.searchParams.set(name, value);
    go(next.pathname + next.search + next.hash, { replace: true, keep: true });
  };
  return [address.searchParams.get(name) ?? otherwise, set];
}

/**
 * Numbers by name, kept in the address: `?moves=hat:1.5,beard:-2`.
 * @param {string} name
 * @returns {[Record<string, number>, (all: Record<string, number>) => void]}
 */
export function useNumbers(name) {
  const [text, set] = useParam(name, "");
  const pairs = [...text.matchAll(/([^,:]+):(-?[\d.]+(?:e-?\d+)?)/g)].map(([, key, value]) => [unescape(key), Number(value)]);
  const found = Object.fromEntries(pairs.filter(([, value]) => Number.isFinite(value)));
  return [found, (all) => set(Object.entries(all).map(([key, value]) => `${key.replace(/[%,:]/g, escape)}:${Number(value.toPrecision(4))}`).join())];
}

const HANDS = ["wheel", "touchmove", "pointerdown", "keydown"];

/** Bring a place to the top, and keep it there while what is above it still loads, until the reader moves. @param {Element | null} place */
export function land(place) {
  if (!place) return;
  const bring = () => place.scrollIntoView({ behavior: "instant" });
  const growing = new ResizeObserver(bring);
  const leave = () => {
    growing.disconnect();
    clearTimeout(late);
    HANDS.forEach((hand) => removeEventListener(hand, leave));
  };
  const late = setTimeout(leave, 3000);
  HANDS.forEach((hand) => addEventListener(hand, leave, { passive: true }));
  growing.observe(document.body);
  bring();
}

/** Let links within the studio change the page without loading it anew. */
export function catchLinks() {
  addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (event.target instanceof Element ? event.target.closest("a[href]") : null);
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || link.target || link.hasAttribute("download") || url.pathname.startsWith("/api/")) return;
    event.preventDefault();
    if (url.pathname === location.pathname && url.hash) {
      write();
      history.pushState(null, "", url);
      const there = document.getElementById(url.hash.slice(1));
      land(there);
      there?.focus?.();
      return tell();
    }
    go(url.pathname + url.search + url.hash);
  });
}
