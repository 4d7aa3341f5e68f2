// The file that progress is saved to and brought back from. Nothing here draws.

const FORMAT = "makebelieve-progress";
const PLACES = /^(practice|lesson|figures|theme)(\/[\w./-]{0,120})?$/;

/** @param {Record<string, any>} all */
export const pack = (all) => JSON.stringify({ format: FORMAT, version: 1, saved: new Date().toISOString(), progress: all }, null, 1);

/**
 * Read a saved progress; one clear sentence if that cannot be done. Every exercise checks again what it reads.
 * @param {string} text @returns {Record<string, any>}
 */
export function unpack(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON; choose one that was saved here with “Save to a file”.");
  }
  if (found?.format !== FORMAT) throw new Error("The file is JSON, but no saved progress: its “format” is missing.");
  if (found.version !== 1) throw new Error(`The file is of version ${String(found.version).slice(0, 20)}; this studio reads version 1.`);
  const { progress } = found;
  if (typeof progress !== "object" || progress === null || Array.isArray(progress)) throw new Error("The file holds no “progress”.");
  const entries = Object.entries(progress).filter(([key]) => PLACES.test(key));
  if (!entries.length) throw new Error("The file holds no progress of the lesson or its practice.");
  return Object.fromEntries(entries);
}
