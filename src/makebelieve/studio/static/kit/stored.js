// What the learner did, kept in this browser and sent to nobody.
import { useEffect, useState } from "./html.js";

const PREFIX = "makebelieve/";
/** @type {Set<() => void>} */
const watchers = new Set();

/** @param {string} key @param {any} otherwise */
export function read(key, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** @param {string} key @param {any} value @returns {boolean} whether it could be kept */
export function write(key, value) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
    watchers.forEach((w) => w());
    return true;
  } catch {
    return false;
  }
}

/** @param {string} key @param {any} otherwise @returns {[any, (value: any) => void]} */
export function useStored(key, otherwise) {
  const [value, set] = useState(() => read(key, otherwise));
  useEffect(() => {
    const look = () => set(read(key, otherwise));
    watchers.add(look);
    addEventListener("storage", look);
    return () => { watchers.delete(look); removeEventListener("storage", look); };
  }, [key]);
  return [value, (next) => { const made = typeof next === "function" ? next(read(key, otherwise)) : next; set(made); write(key, made); }];
}

/** Everything that is kept, as one object. */
export function everything() {
  const found = {};
  for (let i = 0; i < localStorage.length; i++) {
    const key = localStorage.key(i);
    if (key?.startsWith(PREFIX)) found[key.slice(PREFIX.length)] = read(key.slice(PREFIX.length), null);
  }
  return found;
}

/** @param {Record<string, any>} all */
export function restore(all) {
  Object.entries(all).forEach(([key, value]) => write(key, value));
}

export function forget() {
  Object.keys(everything()).forEach((key) => localStorage.removeItem(PREFIX + key));
  watchers.forEach((w) => w());
}

/** Offer a file to save. @param {string} name @param {string | Blob} content @param {string} [type] */
export function save(name, content, type = "application/json") {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
