// Ask a trained model for pictures, codes or verdicts: one socket, binary answers.
import { socket } from "./socket.js";

/** n pictures of h by w with c channels, as bytes. */
export class Pictures {
  /** @param {number[]} shape n, h, w, c @param {Uint8Array} bytes */
  constructor([n, h, w, c], bytes) {
    this.n = n;
    this.h = h;
    this.w = w;
    this.c = c;
    this.bytes = bytes;
  }

  /** @param {number} i @returns {ImageData} */
  image(i) {
    const { h, w, c, bytes } = this;
    const data = new Uint8ClampedArray(h * w * 4);
    const start = i * h * w * c;
    for (let p = 0; p < h * w; p++) {
      for (let k = 0; k < 3; k++) data[4 * p + k] = bytes[start + p * c + (c === 1 ? 0 : k)];
      data[4 * p + 3] = 255;
    }
    return new ImageData(data, w, h);
  }

  /** Draw one, pixel for pixel; CSS scales the canvas. @param {HTMLCanvasElement | null} canvas @param {number} [i] */
  draw(canvas, i = 0) {
    if (!canvas || i >= this.n) return;
    if (canvas.width !== this.w || canvas.height !== this.h) Object.assign(canvas, { width: this.w, height: this.h });
    canvas.getContext("2d").putImageData(this.image(i), 0, 0);
  }

  /** @param {number} i @returns {Uint8Array} */
  one(i) {
    const size = this.h * this.w * this.c;
    return this.bytes.slice(i * size, (i + 1) * size);
  }
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

/** @param {string} text */
export const unbase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** @type {Map<number, {message: any, done: (x: any) => void, fail: (e: Error) => void}>} what was asked and not answered yet */
const waiting = new Map();
let line = null;
let last = 0;

export class Stale extends Error {}

function begin() {
  line ??= socket("/api/paint", {
    // A question only reads, so one that a studio took with it when it went away is asked again.
    open: () => waiting.forEach(({ message }) => line.send(message)),
    message: ({ data }) => {
      const size = new DataView(data).getUint32(0, true);
      const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, size)));
      const asked = waiting.get(header.id);
      waiting.delete(header.id);
      if (!asked) return;
      if (header.stale) return asked.fail(new Stale("a newer question was asked"));
      if (!header.ok) return asked.fail(new Error(header.error ?? "The model could not answer."));
      const bytes = new Uint8Array(data, 4 + size);
      const pictures = header.shape ? new Pictures(header.shape, bytes) : null;
      asked.done({ ...header, pictures, bytes });
    },
  });
}

/**
 * @param {string | null} run whose model; null for asks that need none
 * @param {string} ask decode, encode, sample, judge, nearest, reconstruct, map, attributes, edit, data, spectrum
 * @param {Record<string, any>} [what]
 * @param {string} [key] of asks with one key only the newest is answered; the others fail with `Stale`
 * @returns {Promise<any>} the header, with `pictures` where there are any, and the `bytes` (of a file, with `as: "webp"`)
 */
export function paint(run, ask, what = {}, key = undefined) {
  begin();
  const id = ++last;
  const message = { id, run, ask, key, ...what };
  return new Promise((done, fail) => {
    waiting.set(id, { message, done, fail });
    line.send(message);
  });
}
