// What happens in the studio, as it happens: runs, jobs, the trainings of the lesson.
import { useEffect, useState } from "./html.js";
import { socket } from "./socket.js";
import { say } from "./say.js";

/**
 * @typedef {object} Studio
 * @property {boolean} connected
 * @property {boolean} known whether the server has spoken yet
 * @property {string} [version]
 * @property {Record<string, {state: string, share: number, left: number | null, run: string, why?: string}>} training by key
 * @property {any[]} jobs
 * @property {any[]} runs newest last
 * @property {any[]} lessons
 */

/** @type {Studio} */
export let studio = { connected: false, known: false, training: {}, jobs: [], runs: [], lessons: [] };

/** @type {Set<(s: Studio) => void>} */
const watchers = new Set();
/** @type {Map<string, Set<(m: any) => void>>} */
const listeners = new Map();

/** @param {Partial<Studio>} change */
function change(change) {
  studio = { ...studio, ...change };
  watchers.forEach((w) => w(studio));
}

/** @param {any[]} all @param {any} one @param {string} id */
const put = (all, one, id) =>
  all.some((x) => x[id] === one[id]) ? all.map((x) => (x[id] === one[id] ? one : x)) : [...all, one];

const TAKES = {
  studio: (m) => change({ ...m, known: true }),
  run: (m) => change({ runs: put(studio.runs, m.run, "name") }),
  gone: (m) => change({ runs: studio.runs.filter((r) => r.name !== m.run) }),
  job: (m) => change({ jobs: put(studio.jobs, m.job, "id") }),
  training: (m) => change({ training: { ...studio.training, [m.key]: m } }),
};

/** Know of an order before the news of it comes. @param {any} job */
export function ordered(job) {
  if (!studio.jobs.some((j) => j.id === job.id)) TAKES.job({ job });
}

let line = null;
let was = true;

function begin() {
  if (line) return;
  line = socket("/api/live", {
    open: () => { if (!was) say("The studio is back."); was = true; change({ connected: true }); },
    close: () => {
      if (was && studio.known) say("The studio does not answer; trying again.", "assertive");
      was = false;
      change({ connected: false });
    },
    message: (event) => {
      const m = JSON.parse(event.data);
      TAKES[m.type]?.(m);
      listeners.get(m.type)?.forEach((f) => f(m));
    },
  });
}

/** The state of the studio; the component is drawn again when it changes. @returns {Studio} */
export function useStudio() {
  const [now, set] = useState(studio);
  useEffect(() => {
    begin();
    set(studio);
    watchers.add(set);
    return () => { watchers.delete(set); };
  }, []);
  return now;
}

/**
 * Hear of one type of message: "run" (with `log`: new lines), "sample", "finding", "job", ...
 * @param {string} type @param {(m: any) => void} hear @param {any[]} [deps]
 */
export function useNews(type, hear, deps = []) {
  useEffect(() => {
    begin();
    const own = listeners.get(type) ?? listeners.set(type, new Set()).get(type);
    own.add(hear);
    return () => { own.delete(hear); };
  }, deps);
}

/** Is this run of the lesson ready to be asked? @param {string} key */
export function useLessonRun(key) {
  const { training } = useStudio();
  return training[key] ?? { state: "waiting", share: 0, left: null, run: `lesson-${key}` };
}
