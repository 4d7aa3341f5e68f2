// Draw one moment of a contest: what the detective believes, the real points, the fakes and their hints.

/** The page's colours, looked up once a theme. */
const looked = { up: null, theme: null };

/** A colour of the page as red, green and blue. */
function rgb(element, name) {
  const probe = document.createElement("span");
  probe.style.setProperty("color", `var(${name})`);
  element.parentElement.append(probe);
  const found = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  return found;
}

/** @param {HTMLCanvasElement} canvas */
function colours(canvas) {
  const theme = `${document.documentElement.dataset.theme ?? ""}${matchMedia("(prefers-color-scheme: dark)").matches}`;
  if (looked.theme !== theme) {
    looked.theme = theme;
    looked.up = { real: rgb(canvas, "--judge"), fake: rgb(canvas, "--maker"), paper: rgb(canvas, "--raised"), ink: rgb(canvas, "--ink") };
  }
  return looked.up;
}

const css = ([r, g, b], a = 1) => `rgba(${r},${g},${b},${a})`;

/** @type {Map<object, HTMLCanvasElement>} the beliefs of frames, drawn once */
let beliefs = new WeakMap();
let believedIn = null;

function belief(frame, c) {
  if (believedIn !== c) { beliefs = new WeakMap(); believedIn = c; }
  const known = beliefs.get(frame);
  if (known) return known;
  const n = Math.round(Math.sqrt(frame.field.length));
  const small = Object.assign(document.createElement("canvas"), { width: n, height: n });
  const image = new ImageData(n, n);
  frame.field.forEach((v, i) => {
    const side = v >= 128 ? c.real : c.fake;
    // The root shows small differences, too: one far corner would else wash out all others.
    const share = Math.sqrt(Math.min(1, Math.abs(v - 128) / 127)) * 0.62;
    for (let k = 0; k < 3; k++) image.data[4 * i + k] = c.paper[k] + share * (side[k] - c.paper[k]);
    image.data[4 * i + 3] = 255;
  });
  small.getContext("2d").putImageData(image, 0, 0);
  beliefs.set(frame, small);
  return small;
}

/** @param {HTMLCanvasElement | null} canvas @param {import("./recording.js").Recording} it @param {number} t */
export function drawField(canvas, it, t) {
  if (!canvas?.clientWidth) return;
  const wide = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== wide) Object.assign(canvas, { width: wide, height: wide });
  const pen = canvas.getContext("2d");
  const c = colours(canvas);
  const i = Math.min(it.moments.length - 1, Math.floor(t));
  const now = it.moments[i];
  const next = it.moments[Math.min(it.moments.length - 1, i + 1)];
  const share = t - i;
  const { x: [x0, x1], y: [y0, y1] } = it.frame;
  const px = (x) => ((x - x0) / (x1 - x0)) * wide;
  const py = (y) => (1 - (y - y0) / (y1 - y0)) * wide;
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(belief(now, c), 0, 0, wide, wide);
  const r = Math.max(1.6, wide / 190);
  pen.fillStyle = css(c.ink, 0.6);
  pen.beginPath();
  for (const [x, y] of it.real) { pen.moveTo(px(x) + r * 1.25, py(y)); pen.arc(px(x), py(y), r * 1.25, 0, 2 * Math.PI); }
  pen.fill();
  const at = (k) => now.at[k] + share * (next.at[k] - now.at[k]);
  hints(pen, now.arrows, at, px, py, r, css(c.ink, now.turn === "discriminator" ? 0.9 : 0.45));
  pen.fillStyle = css(c.fake);
  pen.strokeStyle = css(c.paper);
  pen.beginPath();
  for (let k = 0; k < now.at.length; k += 2) {
    const [x, y] = [px(at(k)), py(at(k + 1))];
    pen.moveTo(x, y - 1.7 * r); pen.lineTo(x + 1.5 * r, y + r); pen.lineTo(x - 1.5 * r, y + r); pen.closePath();
  }
  pen.stroke(); pen.fill();
}

/** What flows back to the first of the fakes, on one scale for the whole contest: hints that die away are seen to. */
function hints(pen, arrows, at, px, py, r, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = Math.max(1, r * 0.6);
  pen.beginPath();
  for (let k = 0; k < arrows.length; k += 2) {
    const [x, y] = [px(at(k)), py(at(k + 1))];
    const [dx, dy] = [px(at(k) + arrows[k]) - x, py(at(k + 1) + arrows[k + 1]) - y];
    const long = Math.hypot(dx, dy);
    if (long < 2) continue;
    const [ux, uy] = [dx / long, dy / long];
    const [ex, ey] = [x + dx, y + dy];
    const h = Math.min(2.2 * r, long / 2);
    pen.moveTo(x, y); pen.lineTo(ex, ey);
    pen.moveTo(ex - h * (ux - 0.6 * uy), ey - h * (uy + 0.6 * ux)); pen.lineTo(ex, ey); pen.lineTo(ex - h * (ux + 0.6 * uy), ey - h * (uy - 0.6 * ux));
  }
  pen.stroke();
}
