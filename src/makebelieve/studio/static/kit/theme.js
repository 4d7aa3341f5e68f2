// Before anything is drawn: the theme that was chosen, if any. A classic script, so that nothing flashes.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("makebelieve/theme");
  } catch {
    // Storage may be forbidden; the system's theme will do.
  }
  if (chosen === '"light"' || chosen === '"dark"') document.documentElement.dataset.theme = JSON.parse(chosen);
})();
