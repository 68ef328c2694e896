/* The search box: places by English or Chinese name, pinyin, initials, old spellings or code. */

/* Without accents, apostrophes, spaces and the word for the kind of place. */
const folded = (text) => (text ?? "").normalize("NFD").replace(/[\u0300-\u036f'’\s-]/g, "")
  .toLowerCase().replace(/(?<=..)(city|prefecture|province|region|市|省|地区|自治区)$/, "");

A.nameOf = (level, id) => {
  A.index ??= new Map(A.data.places.map((place) => [`${place[0]}/${place[1]}`, place]));
  const place = A.index.get(`${level}/${id}`);
  if (!place) return id;
  const [, , name, local] = place;
  if (!local || local === name) return say(name);
  return language() === "zh" ? `${local} ${name}` : `${name} ${local}`;
};

const LEVELS = { nation: "Country", region: "Region", province: "Province", city: "City" };

/* One letter wrong, missing, too many, or two that changed places. */
function almost(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i += 1;
  return a.slice(i + 1) === b.slice(i + 1) || a.slice(i) === b.slice(i + 1)
    || a.slice(i + 1) === b.slice(i)
    || (a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2));
}

A.find = async (query) => {
  const wanted = folded(query);
  if (!wanted) return [];
  const places = await A.load("places");
  const scored = [];
  for (const place of places) {
    // A place that bears the name comes before one that is only spelt so: Shanxi, not Shaanxi.
    place.typed ??= [[place[2], place[3], place[1]], place[6] ?? []]
      .flatMap((names, later) => names.map((name) => [folded(name), later / 2]))
      .filter(([key]) => key);
    const rank = (key) => (key === wanted ? 0 : key.startsWith(wanted) ? 1
      : key.includes(wanted) ? 2 : wanted.length > 3 && almost(key, wanted)
        ? 3 + (key[0] === wanted[0] ? 0 : 0.25) : 9);  // Few mistype the first letter.
    const best = Math.min(...place.typed.map(([key, later]) => rank(key) + later));
    if (best < 9) scored.push([best, place]);
  }
  const rank = Object.keys(LEVELS);
  scored.sort((a, b) => a[0] - b[0] || rank.indexOf(a[1][0]) - rank.indexOf(b[1][0])
    || a[1][2].localeCompare(b[1][2]));
  return scored.slice(0, 12).map(([, place]) => place);
};

function prepareSearch() {
  const input = $("#search");
  const list = $("#found");
  let current = -1;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    current = -1;
  };
  const go = (option) => { if (option?.dataset.href) { A.open(option.dataset.href); close(); } };
  const mark = (index) => {
    const options = $$("[role=option]", list);
    if (!options.length) return;
    current = (index + options.length) % options.length;
    options.forEach((option, position) =>
      option.setAttribute("aria-selected", String(position === current)));
    input.setAttribute("aria-activedescendant", options[current].id);
    options[current].scrollIntoView({ block: "nearest" });
  };
  const show = async () => {
    const asked = input.value;
    const found = await A.find(asked);
    if (asked !== input.value) return;
    current = -1;
    const options = found.map(([level, id, name, local, parent], index) => {
      const option = element("li", { role: "option", id: `found-${index}`, "aria-selected": "false" },
        element("span", { class: "name" }, say(name), local && local !== name
          ? element("span", { lang: "zh-CN" }, ` ${local}`) : null),
        element("small", {}, [say(LEVELS[level]), parent && say(parent)].filter(Boolean).join(", ")));
      option.dataset.href = `place.html#${level}/${encodeURIComponent(id)}`;
      option.addEventListener("mousedown", (event) => { event.preventDefault(); go(option); });
      return option;
    });
    if (asked && !options.length) {
      options.push(element("li", { role: "option", "aria-disabled": "true",
        "aria-selected": "false" }, say("No place of that name")));
    }
    list.replaceChildren(...options);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", () => { A.load("places"); if (input.value) show(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(current + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(current - 1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      event.preventDefault();
      if (list.hidden || !$("[role=option][data-href]", list)) await show();
      go($$("[role=option]", list)[Math.max(current, 0)]);
    }
  });
}
