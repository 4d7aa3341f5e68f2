// A slider for each number of the code: what does this one do?
import { html } from "../kit/html.js";
import { Bench } from "./bench.js";

/** @param {{run: any}} props */
export function Codes({ run }) {
  return html`<${Bench} run=${run} from="seed" />`;
}
