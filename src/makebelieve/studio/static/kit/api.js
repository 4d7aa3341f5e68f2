// Requests to the studio's own server: JSON in, JSON out, one clear sentence for a failure.

export class ApiError extends Error {
  /** @param {string} sentence @param {number} status @param {string} [key] the setting that it is about */
  constructor(sentence, status, key = "") {
    super(sentence);
    Object.assign(this, { status, key });
  }
}

const GONE = "The studio does not answer. Is it still running? Start it again with: makebelieve studio";

// An order outlives a page that is left at once; browsers do this for what is small.
const small = (body) => typeof body === "string" && body.length < 2 ** 15;

/** @param {string} method @param {string} path @param {BodyInit | null} body @param {Record<string, string>} headers */
async function ask(method, path, body, headers) {
  let answer;
  try {
    answer = await fetch(path, { method, body, headers, credentials: "same-origin", cache: "no-store", keepalive: small(body) });
  } catch {
    throw new ApiError(GONE, 0);
  }
  const json = (answer.headers.get("content-type") ?? "").includes("json");
  if (answer.ok) return json ? answer.json() : answer.blob();
  const found = json ? await answer.json().catch(() => ({})) : {};
  throw new ApiError(found.error ?? `The studio answered with ${answer.status}.`, answer.status, found.key);
}

const OWN = { "X-Studio": "1" };

/** @param {string} path */
export const get = (path) => ask("GET", path, null, {});

/** @param {string} path @param {unknown} [value] */
export const post = (path, value = {}) =>
  ask("POST", path, JSON.stringify(value), { ...OWN, "Content-Type": "application/json" });

/** @param {string} path @param {FormData} form */
export const upload = (path, form) => ask("POST", path, form, OWN);

/** @param {string} path */
export const remove = (path) => ask("DELETE", path, null, OWN);
