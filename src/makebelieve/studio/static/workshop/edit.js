// A picture of one's own, squeezed into a code, changed there, and rebuilt.
import { html } from "../kit/html.js";
import { Bench } from "./bench.js";

/** @param {{run: any}} props */
export function Edit({ run }) {
  return html`<${Bench} run=${run} from="own" />`;
}
