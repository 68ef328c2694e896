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
  const verdict = $("#verdict");
  if (!verdict) return;
  const words = $("#claim-words");
  const rows = $$("#claims tbody tr");
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    rows.forEach((row) => {
      row.hidden = (verdict.value !== "" && row.dataset.verdict !== verdict.value)
        || !row.textContent.toLowerCase().includes(wanted);
    });
    $("#claim-count").textContent =
      `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims.`;
  };
  verdict.addEventListener("change", filter);
  words.addEventListener("input", filter);
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
