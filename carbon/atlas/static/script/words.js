/* Two languages: the English sentence is the key, ATLAS.words has the Chinese one. */

A.words = {};
A.translate = (words) => { A.words = words; };

function language() {
  const asked = State.read().lang;
  if (asked === "zh" || asked === "en") return asked;
  try { return localStorage.getItem("atlas-lang") ?? "en"; } catch { return "en"; }
}

/* {0}, {1} ... stand for values. */
const say = (text, ...values) => ((language() === "zh" && A.words[text]) || text)
  .replace(/\{(\d)\}/g, (_, index) => values[Number(index)]);

function translatePage() {
  const now = language();
  document.documentElement.lang = now === "zh" ? "zh-CN" : "en";
  for (const holder of $$("[data-say]")) holder.textContent = say(holder.dataset.say);
  for (const holder of $$("[data-say-placeholder]")) {
    holder.placeholder = say(holder.dataset.sayPlaceholder);
  }
  const button = $("#language");
  if (button) {
    button.textContent = now === "zh" ? "English" : "中文";
    button.lang = now === "zh" ? "en" : "zh-CN";
  }
}

function prepareLanguage() {
  translatePage();
  $("#language")?.addEventListener("click", () => {
    const other = language() === "zh" ? "en" : "zh";
    try { localStorage.setItem("atlas-lang", other); } catch { /* not remembered */ }
    State.write({ lang: other });
    translatePage();
    redraw();
    showPlace();
  });
}
