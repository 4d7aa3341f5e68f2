// Sends files to the studio, and tells how far it came.

/** @typedef {{name: string, files: [string, File][]}} Found each file with its path inside the folder */

/** What was dropped, folders walked through. @param {DataTransfer} transfer @returns {Promise<Found>} */
export async function walked(transfer) {
  // Entries must be asked for before the first await: the list is emptied after the event.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = /** @type {[string, File][]} */ ([]);
  for (const entry of entries) await walk(entry, "", files);
  return { name: entries[0]?.name.replace(/\.\w+$/, "") ?? "pictures", files };
}

/** @param {any} entry @param {string} above @param {[string, File][]} files */
async function walk(entry, above, files) {
  const path = above + entry.name;
  if (entry.isFile) {
    files.push([path, await new Promise((done, fail) => entry.file(done, fail))]);
    return;
  }
  const reader = entry.createReader();
  // A reader hands out a hundred entries at a time, until it hands out none.
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return;
    for (const each of some) await walk(each, `${path}/`, files);
  }
}

/**
 * fetch cannot tell how far a body has been sent, so this is the older kind of request.
 * @param {Found} found @param {(share: number) => void} tell
 * @returns {{done: Promise<any>, stop: () => void}}
 */
export function send({ name, files }, tell) {
  const form = new FormData();
  form.append("name", name);
  files.forEach(([path, file]) => form.append("files", file, path));
  const request = new XMLHttpRequest();
  const done = new Promise((settle, fail) => {
    const refuse = (sentence) => fail(new Error(sentence));
    request.upload.onprogress = (e) => tell(e.lengthComputable ? Math.min(0.999, e.loaded / e.total) : 0);
    request.upload.onload = () => tell(1);
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status < 300 && answer) settle(answer);
      else refuse(answer?.error ?? `The studio answered with ${request.status}.`);
    };
    request.onerror = () => refuse("The studio took no more of it: either it is not running any more, or this is larger than it takes. Drop in less, or name the folder's path below.");
    request.onabort = () => refuse("Nothing was kept of it: you left it.");
  });
  request.open("POST", "/api/uploads");
  request.setRequestHeader("X-Studio", "1");
  request.send(form);
  return { done, stop: () => request.abort() };
}

/** @param {string} text */
function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}
