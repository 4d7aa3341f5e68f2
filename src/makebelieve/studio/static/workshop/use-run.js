// One run as it is now and as it changes, from whichever program trains it.
import { useCallback, useEffect, useRef, useState } from "../kit/html.js";
import { get, post, remove } from "../kit/api.js";
import { useNews, useStudio } from "../kit/live.js";
import { say } from "../kit/say.js";

/** @param {string} name */
export const address = (name) => `/api/runs/${encodeURIComponent(name)}`;
/** @param {string} name */
export const page = (name) => `/workshop/runs/${encodeURIComponent(name)}`;

/** Lines that are not there yet, in the order of their steps. @param {any[]} log @param {any[]} lines */
export function joined(log, lines) {
  const kind = (line) => `${line.step}${line.scores ? "s" : ""}`;
  const known = new Set(log.slice(-200).map(kind));
  const fresh = (lines ?? []).filter((line) => !known.has(kind(line)));
  return fresh.length ? [...log, ...fresh].sort((a, b) => a.seen - b.seen) : log;
}

/**
 * @param {string} name
 * @returns {{run: any, gone: boolean, error: Error | null, again: () => void}} `run` is null until it is known
 */
export function useRun(name) {
  const [run, set] = useState(null);
  const [gone, vanish] = useState(false);
  const [error, fail] = useState(null);
  const { connected, known, jobs, runs } = useStudio();
  const state = runs.find((r) => r.name === name)?.state;
  const asked = useRef(0);

  const again = useCallback(() => {
    const mine = ++asked.current;
    get(address(name)).then(
      (found) => { if (mine === asked.current) { set(found); fail(null); vanish(false); } },
      (e) => { if (mine === asked.current) (e.status === 404 ? vanish(true) : fail(e)); },
    );
  }, [name]);

  const coming = !state && Boolean(jobOf(jobs, name));

  // A change of state cuts or completes the log and the checkpoints, and so may a server that was away.
  // And only the studio knows whether a run that is not there is still to come.
  useEffect(() => { if (!known) return; if (coming) vanish(true); else again(); }, [name, state, connected, known, coming]);
  useNews("run", (m) => m.run.name === name && set((old) => old && { ...old, ...m.run, log: joined(old.log, m.log) }), [name]);
  useNews("sample", (m) => m.run === name && set((old) => old && {
    ...old,
    samples: old.samples.some((s) => s.file === m.file) ? old.samples : [...old.samples, { file: m.file, seen: m.seen }],
    states: old.states.includes(m.seen) ? old.states : [...old.states, m.seen],
  }), [name]);
  useNews("finding", (m) => m.run === name && set((old) => old && { ...old, findings: [...(old.findings ?? []), m] }), [name]);
  useNews("gone", (m) => m.run === name && vanish(true), [name]);
  return { run, gone, error, again };
}

/**
 * Do something that may be refused; the refusal is a sentence to show.
 * @returns {[(work: () => Promise<any>) => Promise<any>, string | null, boolean]}
 */
export function useTry() {
  const [refusal, set] = useState(null);
  const [busy, turn] = useState(false);
  const attempt = async (work) => {
    set(null); turn(true);
    try {
      return (await work()) ?? true;
    } catch (e) {
      set(e.message); say(e.message, "assertive");
      return null;
    } finally {
      turn(false);
    }
  };
  return [attempt, refusal, busy];
}

/** @param {string} name @param {string} to */
export const rename = (name, to) => post(`${address(name)}/rename`, { to });
/** @param {string} name */
export const erase = (name) => remove(address(name));
/** @param {string} name @param {Record<string, any>} settings */
export const resume = (name, settings = {}) => post(`${address(name)}/resume`, { settings });
/** @param {string} name @param {number} seen */
export const rewind = (name, seen) => post(`${address(name)}/rewind`, { seen });
/** @param {any[]} jobs @param {string} name the job that trains this run now, if the studio started it */
export const jobOf = (jobs, name) => jobs.find((j) => j.run === name && j.kind !== "export" && ["running", "queued"].includes(j.state));
/** @param {any[]} jobs @param {string} name the newest training of this run that the studio was asked for */
export const trainingOf = (jobs, name) => jobs.filter((j) => j.run === name && ["train", "resume"].includes(j.kind)).at(-1);
