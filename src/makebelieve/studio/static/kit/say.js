/**
 * Tell a screen reader something. The same text twice in a row is said twice.
 * @param {string} text
 * @param {"polite" | "assertive"} [how]
 */
export function say(text, how = "polite") {
  const region = document.getElementById(how);
  if (!region) return;
  region.textContent = "";
  // A change within one frame would not be noticed.
  requestAnimationFrame(() => { region.textContent = text; });
}
