// A picture of one's own, made as small and as square as the model wants it, here in the browser.
import { html, useState } from "../kit/html.js";
import { Note, useId } from "../kit/ui.js";
import { say } from "../kit/say.js";

/**
 * @param {{run: any, given: Uint8Array | null, onPicture: (bytes: Uint8Array) => void}} props
 */
export function DropPicture({ run, given, onPicture }) {
  const [over, hover] = useState(false);
  const [refusal, refuse] = useState(null);
  const id = useId("own");
  const take = async (file) => {
    if (!file) return;
    refuse(null);
    try {
      onPicture(await bytesOf(file, run));
      say(`${file.name} was taken.`);
    } catch {
      refuse(`${file.name} is not a picture that this browser can read; try a PNG, JPEG or WebP.`);
    }
  };
  const [, h, w] = run.shape;
  return html`<div class=${`drop ${over ? "over" : ""} ${given ? "slim" : ""}`} onDragOver=${(e) => { e.preventDefault(); hover(true); }} onDragLeave=${() => hover(false)}
      onDrop=${(e) => { e.preventDefault(); hover(false); take(e.dataTransfer.files[0]); }}>
      <p><b>Drop a picture here</b>, or <label class="button quiet" for=${id}>choose one</label><input id=${id} class="unseen" type="file" accept="image/*" onChange=${(e) => take(e.currentTarget.files[0])} /></p>
      <p class="small">Its middle is cut out and made ${h} × ${w} pixels, as small as this model knows. It stays in this browser and in the studio on this machine.</p>
      ${refusal && html`<${Note} kind="failure">${refusal}<//>`}</div>`;
}

/** @param {File} file @param {any} run @returns {Promise<Uint8Array>} h × w × c bytes */
export async function bytesOf(file, run) {
  const [c, h, w] = run.shape;
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = Object.assign(document.createElement("canvas"), { width: w, height: h });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "white";
  pen.fillRect(0, 0, w, h);
  pen.imageSmoothingQuality = "high";
  // Halved step by step: one great leap would leave out most of the pixels.
  const source = halved(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, 2 * Math.max(w, h));
  pen.drawImage(source, 0, 0, w, h);
  const { data } = pen.getImageData(0, 0, w, h);
  const out = new Uint8Array(h * w * c);
  for (let p = 0; p < h * w; p++) {
    const [r, g, b] = data.subarray(4 * p, 4 * p + 3);
    if (c === 1) out[p] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else out.set([r, g, b], 3 * p);
  }
  return out;
}

/** The square of a picture, at most twice as large as wanted. */
function halved(bitmap, x, y, side, most) {
  let canvas = square(side, (pen) => pen.drawImage(bitmap, x, y, side, side, 0, 0, side, side));
  while (canvas.width > most) {
    const last = canvas;
    const half = Math.ceil(last.width / 2);
    canvas = square(half, (pen) => { pen.imageSmoothingQuality = "high"; pen.drawImage(last, 0, 0, half, half); });
  }
  return canvas;
}

function square(side, draw) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  draw(canvas.getContext("2d"));
  return canvas;
}
