// Colours of the style sheet, as a canvas needs them.
import { useEffect, useState } from "../kit/html.js";

/** A colour variable as the canvas needs it. @param {string} variable */
export function ink(variable) {
  const probe = document.createElement("i");
  probe.style.setProperty("color", `var(${variable})`);
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Changes when the colours do. */
export function useTheme() {
  const [n, again] = useState(0);
  useEffect(() => {
    const look = () => again((x) => x + 1);
    const seen = new MutationObserver(look);
    seen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", look);
    return () => { seen.disconnect(); dark.removeEventListener("change", look); };
  }, []);
  return n;
}
