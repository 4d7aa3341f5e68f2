// Draw the faces of the data set `avatars` with DiceBear's style "pixel-art" (design: CC0 1.0).
//
//   node avatars.mjs FOLDER [HOW_MANY]
//
// writes FOLDER/avatars.rgba (raw 16×16 RGBA pictures) and FOLDER/avatars.json (one record of
// attributes a picture). The same versions of the packages write the same bytes every time.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAvatar } from '@dicebear/core';
import * as style from '@dicebear/pixel-art';
import { Resvg } from '@resvg/resvg-js';

const SIZE = 16;

// Colours by name: fewer than the style's own, and far enough apart to be told apart at 16×16.
const COLOURS = {
  skin: { fair: 'ffdbac', light: 'eac393', tan: 'cb9e6e', brown: 'a26d3d', dark: '7a4420' },
  hair: {
    black: '28150a', brown: '603a14', blond: 'e9c65c', grey: 'b9b9c0', red: 'bd1700',
    blue: '009bbd', green: '6fb022',
  },
  eyes: { brown: '5a3825', blue: '2f6fae', green: '2f8a57' },
  mouth: { red: 'd3120f', pink: 'e8556f', plum: '6b2338' },
  clothing: {
    navy: '03396c', blue: '428bca', mint: '88d8b0', green: '00a152', coral: 'ff6f69',
    crimson: 'd11141', cream: 'ffeead', yellow: 'ffc425',
  },
  hat: {
    black: '2e2420', blue: '2663a3', grey: '989789', green: '3d8a6b', pink: 'cc6192',
    purple: '614f8a', red: 'a62116',
  },
  glasses: { black: '191919', blue: '2f5f86', red: 'a0364e' },
  accessories: { gold: 'f0b400', silver: 'a9b4bf', red: 'c8102e' },
};
const BACKGROUND = 'dde8f2';

// Only mouths and eyes that read clearly at this size.
const MOUTHS = {
  smile: ['happy06', 'happy07', 'happy08', 'happy09', 'happy10', 'happy11'],
  neutral: ['sad04', 'sad05', 'sad06', 'sad07'],
  frown: ['sad01', 'sad02', 'sad03', 'sad08', 'sad09'],
};
const EYES = ['01', '03', '04', '06', '07', '08', '09', '11'].map((n) => `variant${n}`);

const OPTIONS = {
  ...Object.fromEntries(
    Object.entries(COLOURS).map(([part, names]) => [`${part}Color`, Object.values(names)]),
  ),
  backgroundColor: [BACKGROUND],
  mouth: Object.values(MOUTHS).flat(),
  eyes: EYES,
  glassesProbability: 40,
  hatProbability: 40,
  beardProbability: 30,
  accessoriesProbability: 25,
};
const PARTS = ['accessories', 'beard', 'clothing', 'eyes', 'glasses', 'hair', 'hat', 'mouth'];

function draw(options) {
  const avatar = createAvatar(style, options);
  // The style takes a beard's opacity from the luminance of the hair: dark beards would vanish.
  const svg = avatar
    .toString()
    .replace(/(<mask id="beard[^>]*>.*?fill=")#[0-9a-f]{6}("\/><\/mask>)/, '$1#fff$2');
  const picture = new Resvg(svg, { fitTo: { mode: 'width', value: SIZE } }).render();
  if (picture.width !== SIZE || picture.height !== SIZE) throw new Error('not 16×16');
  return { pixels: Buffer.from(picture.pixels), parts: avatar.toJson().extra };
}

function clearlyChanged(a, b) {
  let count = 0;
  for (let i = 0; i < a.length; i += 4) {
    if ([0, 1, 2].some((k) => Math.abs(a[i + k] - b[i + k]) >= 32)) count += 1;
  }
  return count;
}

// An empty choice draws the same face without that part: one random number is used up either way.
const shows = (face, options, part) =>
  clearlyChanged(face.pixels, draw({ ...options, [part]: [] }).pixels) >= 2;

function record(parts) {
  const row = {};
  for (const part of PARTS) row[part] = parts[part] ?? 'none';
  for (const [part, names] of Object.entries(COLOURS)) {
    const hex = parts[`${part}Color`].slice(1);
    const name = Object.keys(names).find((key) => names[key] === hex);
    row[`${part}_colour`] = part === 'skin' || parts[part] ? name : 'none';
  }
  row.mood = Object.keys(MOUTHS).find((mood) => MOUTHS[mood].includes(row.mouth));
  return row;
}

function main(folder, howMany) {
  const seen = new Set();
  const pictures = [];
  const rows = [];
  for (let number = 0; rows.length < howMany; number += 1) {
    const options = { ...OPTIONS, seed: `face ${number}` };
    const face = draw(options);
    const key = face.pixels.toString('latin1');
    if (seen.has(key)) continue;
    // A part hidden by another would be a label that no pixel shows.
    if (!PARTS.every((part) => !face.parts[part] || shows(face, options, part))) continue;
    seen.add(key);
    pictures.push(face.pixels);
    rows.push(record(face.parts));
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'avatars.rgba'), Buffer.concat(pictures));
  writeFileSync(join(folder, 'avatars.json'), JSON.stringify(rows));
}

const [folder, howMany = '10000'] = process.argv.slice(2);
if (!folder) throw new Error('usage: node avatars.mjs FOLDER [HOW_MANY]');
main(folder, Number(howMany));
