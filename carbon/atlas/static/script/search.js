/* The search box: places by English or Chinese name, or by code. */

/* Without accents, apostrophes, spaces and the word for the kind of place. */
const folded = (text) => (text ?? "").normalize("NFD").replace(/[\u0300-\u036f'’\s-]/g, "")
  .toLowerCase().replace(/(?<=..)(city|prefecture|province|region|市|省|地区|自治区)$/, "");

A.nameOf = (level, id) => {
  A.index ??= new Map(A.data.places.map((place) => [`${place[0]}/${place[1]}`, place]));
  const place = A.index.get(`${level}/${id}`);
  if (!place) return id;
  return place[3] && place[3] !== place[2] ? `${place[2]} ${place[3]}` : place[2];
};

const LEVELS = { nation: "Country", region: "Region", province: "Province", city: "City" };

A.find = async (query) => {
  const wanted = folded(query);
  if (!wanted) return [];
  const places = await A.load("places");
  const scored = [];
  for (const place of places) {
    const keys = [place[2], place[3], place[1]].map(folded);
    const best = Math.min(...keys.map((key) => (key === wanted ? 0 : key.startsWith(wanted) ? 1
      : key.includes(wanted) ? 2 : 9)));
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
  const go = (option) => { if (option?.dataset.href) { location.href = option.dataset.href; close(); } };
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
      const option = element("li", { role: "option", id: `found-${index}`,
        "aria-selected": "false" },
      element("span", { class: "name" }, local && local !== name ? `${name} ${local}` : name),
      element("small", {}, [LEVELS[level], parent].filter(Boolean).join(", ")));
      option.dataset.href = `place.html#${level}/${encodeURIComponent(id)}`;
      option.addEventListener("mousedown", (event) => { event.preventDefault(); go(option); });
      return option;
    });
    if (asked && !options.length) {
      options.push(element("li", { role: "option", "aria-disabled": "true",
        "aria-selected": "false" }, "No place of that name"));
    }
    list.replaceChildren(...options);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", () => { A.load("places"); if (input.value) show(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(current + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(current - 1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      event.preventDefault();
      go($$("[role=option]", list)[Math.max(current, 0)]);
    }
  });
}
