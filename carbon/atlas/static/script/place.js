/* The page of one place. */

const fact = (label, value, note) => element("div", { class: "card" },
  element("p", { class: "label" }, label), element("p", { class: "value" }, value),
  note ? element("p", { class: "hint" }, note) : null);

const percentage = (ratio) => `${shownNumber(100 * ratio)} %`;

const link = (level, id) => element("a",
  { href: `place.html#${level}/${encodeURIComponent(id)}` }, A.nameOf(level, id));

/* What the address asks for; an address that was cut or mistyped asks for nothing. */
function placeAsked() {
  try {
    return location.hash.slice(1).split("/", 2).map(decodeURIComponent);
  } catch {
    return [];
  }
}

async function showPlace() {
  const page = $("#place");
  if (!page) return;
  // The link past the menu, and links within the page, leave the place as it is.
  if (A.place && !location.hash.includes("/")) return;
  const places = await A.load("places");
  const [level, id] = placeAsked();
  const known = places.find((place) => place[0] === level && place[1] === id);
  $("#place-index").hidden = Boolean(known);
  $("#place-content").hidden = !known;
  if (!known) { listPlaces(places, location.hash); return; }
  A.place = { level, id, parents: known[5] };
  const [, , name, local, , parents] = known;
  document.title = `${name} · ${document.body.dataset.title}`;
  $("#place-name").replaceChildren(name,
    local && local !== name ? element("span", { class: "local" }, ` ${local}`) : null ?? "");
  const trail = Object.entries(parents ?? {}).map(([parent, key]) => link(parent, key));
  $("#place-trail").replaceChildren(`${LEVELS[level]} ${id}`,
    ...trail.flatMap((anchor) => [" in ", anchor]));
  await showFacts(level, id);
  await showMembers(level, id, places);
  await showTrends(level, id);
  await showQuality(level, id);
  window.scrollTo(0, 0);
  if (drawn.size) redraw();
}

async function showFacts(level, id) {
  const dataset = level === "nation" ? "national_years" : `${level}_years`;
  const all = await A.rows(dataset);
  const rows = all.filter((row) => row[`${level}_id`] === id);
  const last = rows[rows.length - 1];
  const facts = $("#place-facts");
  if (!last) { facts.replaceChildren(); return; }
  const same = all.filter((row) => row.year === last.year && row.cnc_tgco2 !== null);
  const rank = same.filter((row) => row.cnc_tgco2 > last.cnc_tgco2).length + 1;
  const unit = "million t of CO₂";
  const share = last.absorbed_ratio === null ? "no data"
    : percentage(last.absorbed_ratio);
  facts.replaceChildren(
    fact(`Emissions, ${last.year}`, shownNumber(last.ce_tgco2), unit),
    fact(`Land uptake, ${last.year}`, shownNumber(last.ecs_tgco2), unit),
    fact(`Balance, ${last.year}`, shownNumber(last.cnc_tgco2),
      last.cnc_tgco2 === null ? unit
        : `${unit}, ${last.cnc_tgco2 > 0 ? "a surplus" : "a deficit"}`
          + (same.length > 1 ? `; rank ${rank} of ${same.length}` : "")),
    fact(`Share absorbed, ${last.year}`, share,
      last.npp_coverage_ratio === null ? ""
        : `plant growth data for ${percentage(last.npp_coverage_ratio)} of the area`));
}

async function showMembers(level, id, places) {
  const members = places.filter((place) => place[5]?.[level] === id
    && place[0] === { nation: "region", region: "province", province: "city" }[level]);
  $("#place-members").hidden = !members.length;
  $("#place-members ul").replaceChildren(...members.map((place) =>
    element("li", {}, link(place[0], place[1]))));
}

const TREND_LABELS = {
  indicator: "Quantity", mean_tgco2: "Mean", slope_tgco2_yr: "Slope",
  mk_p_value: "p (Mann-Kendall)", slope_grade: "Grade", hurst_raw: "Hurst, plain",
  hurst_detrended: "Hurst, trend removed", first_significant_year: "Significant from",
};
const QUALITY_LABELS = {
  layer: "Layer", valid_ratio: "Share of the area with data", cell_count: "Grid cells",
  centre_rule_difference_ratio: "Difference by the centre rule",
};

async function showTrends(level, id) {
  const holder = $("#place-trends");
  if (!holder) return;
  const rows = (await A.rows("all_trends")).filter((row) =>
    row.entity_level === level && row.entity_id === id);
  // Only provinces have grades: a column without a value would only take room.
  const columns = Object.entries(TREND_LABELS).map(([key, label]) => ({ name: key, label }))
    .filter(({ name }) => rows.some((row) => row[name] !== null));
  holder.replaceChildren(rows.length ? tableOf(columns, rows)
    : element("p", { class: "absent" }, "The published file has no trend of this place."));
}

async function showQuality(level, id) {
  const section = $("#place-quality");
  if (!section) return;
  section.hidden = level !== "city";
  if (level !== "city") return;
  const rows = (await A.rows("quality_cities")).filter((row) => row.city_id === id);
  const layers = JSON.parse(section.dataset.layers);
  const shown = {
    layer: (name) => layers[name] ?? name,
    valid_ratio: percentage,
    centre_rule_difference_ratio: percentage,
  };
  const columns = Object.entries(QUALITY_LABELS).map(([key, label]) =>
    ({ name: key, label, show: shown[key] }));
  $("div", section).replaceChildren(tableOf(columns, rows));
}

function listPlaces(places, asked) {
  const holder = $("#place-list");
  $("#place-unknown").hidden = asked.length < 2;
  const byParent = new Map();
  for (const place of places.filter((one) => one[0] === "city")) {
    const parent = place[5]?.province ?? "";
    if (!byParent.has(parent)) byParent.set(parent, []);
    byParent.get(parent).push(place);
  }
  const sections = [...byParent].map(([parent, cities]) => element("section", {},
    element("h3", {}, parent ? link("province", parent) : "Without a province"),
    element("ul", { class: "links" }, ...cities.map((city) =>
      element("li", {}, link("city", city[1]))))));
  holder.replaceChildren(...sections);
}
