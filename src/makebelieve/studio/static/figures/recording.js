// A recorded contest, unpacked: whose turn it was, where the fakes lay, what flowed back. No drawing.
import { unbase64 } from "../kit/paint.js";

/**
 * @typedef {object} Moment after one turn
 * @property {"start" | "discriminator" | "generator"} turn who has just moved
 * @property {number} step @property {number} seen @property {number} groups how many groups of real points are found
 * @property {number} close the share of fakes in one
 * @property {Float32Array} at where the fakes lie, x and y by turns
 * @property {Uint8Array} field what the detective thinks of each place, 128 in the middle, the top row first
 * @property {Float32Array} arrows what flows back to the first of the fakes
 * @property {number} d @property {number} g the losses
 *
 * @typedef {object} Recording
 * @property {{x: [number, number], y: [number, number]}} frame
 * @property {[number, number][]} real @property {Moment[]} moments @property {string} command
 * @property {{groups: number, close: number, ended: string, sentence: string}} verdict
 */

/** @param {string} text whole numbers of 16 bits @param {number} unit what 1 is written as */
function places(text, unit) {
  const bytes = unbase64(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true) / unit);
}

/** @param {any} recorded as the studio hands it out @returns {Recording} */
export function unpacked({ extent: [x, y], unit, real, frames, command, verdict }) {
  const moments = frames.map((f) => ({
    ...f, at: places(f.samples, unit), field: unbase64(f.field), arrows: places(f.arrows, unit), d: f.d_loss, g: f.g_loss,
  }));
  return { frame: { x, y }, real, moments, command, verdict };
}

export const GROUPS = 8;

/** What became of a contest: 0 all groups found, 1 only some, 2 hardly a fake in any. @param {{groups: number, close: number}} end */
export const ended = ({ groups, close }) => (groups === 0 || close < 0.2 ? 2 : groups >= GROUPS - 1 ? 0 : 1);
