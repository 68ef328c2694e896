/* Theme, menu, and the start of the page. */

function prepareTheme() {
  const button = $("#theme");
  const name = () => {
    const other = themeName() === "dark" ? "light" : "dark";
    button.textContent = other === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `Change to the ${other} theme`);
  };
  name();
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = themeName() === "dark" ? "light" : "dark";
    try { localStorage.setItem("atlas-theme", document.documentElement.dataset.theme); }
    catch { /* a browser may refuse to remember */ }
    name();
    redraw();
  });
  prefersDark.addEventListener("change", () => { name(); redraw(); });
}

function prepareMenu() {
  const button = $("#menu");
  const menu = $("#pages");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    menu.classList.toggle("open", open);
  });
}

function prepareClaims() {
  const select = $("#verdict");
  select?.addEventListener("change", () => {
    $$("#claims tbody tr").forEach((row) => {
      row.hidden = select.value !== "" && row.dataset.verdict !== select.value;
    });
  });
}

async function start() {
  prepareTheme();
  prepareMenu();
  prepareSearch();
  prepareClaims();
  $$("[data-figure]").forEach(prepare);
  await showPlace();
  window.addEventListener("hashchange", showPlace);
  watch();
  document.documentElement.dataset.ready = "true";
}
document.addEventListener("DOMContentLoaded", start);
