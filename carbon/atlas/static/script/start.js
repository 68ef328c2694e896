/* Theme, menu, and the start of the page. */

function prepareTheme() {
  const button = $("#theme");
  const name = () => {
    const other = themeName() === "dark" ? "light" : "dark";
    button.textContent = say(other === "dark" ? "Dark" : "Light");
    button.setAttribute("aria-label", say(other === "dark" ? "Change to the dark theme"
      : "Change to the light theme"));
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

/* A box that hides the rows of a table, or the parts of a list, without its words. */
function prepareFilters() {
  for (const box of $$("[data-filter]")) {
    const parts = $$(box.dataset.filter);
    box.addEventListener("input", () => {
      const wanted = box.value.trim().toLowerCase();
      for (const part of parts) part.hidden = !part.textContent.toLowerCase().includes(wanted);
    });
  }
}

async function start() {
  prepareEmbed();
  prepareTheme();
  prepareMenu();
  prepareSearch();
  prepareClaims();
  prepareFilters();
  $$("[data-figure]").forEach(prepare);
  prepareLanguage();
  preparePrint();
  await showPlace();
  State.follow(() => { translatePage(); showPlace(); redraw(); A.tellWhatIf?.(); });
  watch();
  prepareStory();
  await prepareWhatIf();
  document.documentElement.dataset.ready = "true";
}
document.addEventListener("DOMContentLoaded", start);
