// A lesson is asked for once; every page of it shares the answer.
import { useEffect, useState } from "../kit/html.js";
import { get } from "../kit/api.js";

/** @type {Map<string, Promise<any>>} */
const asked = new Map();

/** @param {string} id @returns {{lesson: any, error: string | null}} */
export function useLesson(id) {
  const [state, set] = useState({ lesson: null, error: null });
  useEffect(() => {
    let here = true;
    if (!asked.has(id)) asked.set(id, get(`/api/lessons/${id}`));
    asked.get(id).then(
      (lesson) => here && set({ lesson, error: null }),
      (e) => { asked.delete(id); if (here) set({ lesson: null, error: e.message }); },
    );
    return () => { here = false; };
  }, [id]);
  return state;
}

/** What this page is called, for the tab and for who hears it. @param {string | undefined} title */
export function useTitle(title) {
  useEffect(() => { if (title) document.title = `${title} · makebelieve`; }, [title]);
}
