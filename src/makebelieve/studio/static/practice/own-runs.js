// Cards made of the learner's own runs: what is tested is the kind of failure, never one picture.
import { get } from "../kit/api.js";
import { paint } from "../kit/paint.js";
import { read, write } from "../kit/stored.js";
import { someSeed } from "./random.js";
import { kindOf, KINDS } from "./own-runs-logic.js";

const KEPT = "practice/own-runs";
const MOST = 6; // runs that are diagnosed for this; each takes seconds

/**
 * Ask how one's own finished makers of pictures are; what was asked before is remembered.
 * @param {any[]} runs @param {(found: {run: string, kind: string, sentence: string}[]) => void} tell called as they become known
 * @returns {() => void} stop asking
 */
export function examine(runs, tell) {
  let going = true;
  const known = read(KEPT, {});
  const able = runs.filter((r) => r.state === "finished" && r.kind === "pictures" && r.capabilities.includes("sample")).reverse().slice(0, MOST);
  const found = [];
  (async () => {
    for (const run of able) {
      if (!going) return;
      const key = `${run.name} ${run.created} ${run.seen}`;
      let verdict = known?.[key];
      if (!verdict || !("kind" in verdict)) {
        try {
          verdict = kindOf((await get(`/api/runs/${encodeURIComponent(run.name)}/diagnosis`)).findings);
        } catch {
          continue; // A run that cannot be diagnosed makes no card.
        }
        write(KEPT, { ...read(KEPT, {}), [key]: verdict });
      }
      if (verdict.kind in KINDS) { found.push({ run: run.name, ...verdict }); if (going) tell([...found]); }
    }
  })();
  return () => { going = false; };
}

/** New pictures of one of these runs, and the nearest training picture of each. @param {{run: string}[]} of */
export async function exemplar(of) {
  const chosen = of[someSeed() % of.length];
  const seed = someSeed() % 100_000;
  const { pictures } = await paint(chosen.run, "sample", { n: 12, seed });
  return { ...chosen, seed, pictures };
}
