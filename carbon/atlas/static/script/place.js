/* The page of one place: one small file has all that it shows. */

const fact = (label, value, note, range) => element("div", { class: "card" },
  element("p", { class: "label" }, label), element("p", { class: "value" }, value),
  range ? element("p", { class: "interval" }, range) : null,
  note ? element("p", { class: "hint" }, note) : null);

const percentage = (ratio) => (ratio === null || ratio === undefined ? say("no data")
  : `${shownNumber(100 * ratio)} %`);

const link = (level, id) => element("a",
  { href: `place.html#${level}/${encodeURIComponent(id)}` }, A.nameOf(level, id));

const rowsOf = (data) => Array.from({ length: data?.rows ?? 0 }, (_, row) =>
  Object.fromEntries(data.columns.map((column, index) => [column.name, cellOf(data.values[index], row)])));

const UNIT = "Mt CO₂";
const about = (value) => (value === null || value === undefined ? say("no data")
  : `${shownNumber(value)} ${UNIT}`);

async function showPlace() {
  if (!$("#place")) return;
  const { path } = State.read();
  // The link past the menu, and links within the page, leave the place as it is.
  if (A.place && !path.includes("/")) return;
  const places = await A.load("places");
  A.nameOf("nation", "");
  const at = path.indexOf("/");
  const [level, id] = [path.slice(0, at), path.slice(at + 1)];
  const position = places.findIndex((place) => place[0] === level && place[1] === id);
  $("#place-index").hidden = position >= 0;
  if (position < 0) {
    $("#place-content").hidden = true;
    listPlaces(places, path);
    return;
  }
  const known = places[position];
  const same = A.place?.level === level && A.place?.id === id;
  const file = await A.load(`place/${position}`);
  A.place = { level, id, parents: known[5], name: known[2],
    data: Object.fromEntries(Object.entries(file).map(([name, data]) => [name, rowsOf(data)])),
    encoded: file };
  document.title = `${known[2]} · ${document.body.dataset.title}`;
  const local = known[3];
  $("#place-name").replaceChildren(...(language() === "zh" && local ? [local] : [say(known[2]),
    local && local !== known[2] ? element("span", { class: "local", lang: "zh-CN" }, ` ${local}`) : ""]));
  const trail = Object.entries(known[5] ?? {}).map(([parent, key]) => link(parent, key));
  $("#place-trail").replaceChildren(`${say(LEVELS[level])} ${id}`,
    ...trail.flatMap((anchor) => [" · ", anchor]));
  tellPlace();
  showFacts();
  showNeighbours(places);
  showOutlook();
  showDetails();
  $("#place-content").hidden = false;
  if (!same) window.scrollTo(0, 0);
  if (drawn.size) redraw();
}

/* The sentence that a reader takes home; each number is a row of a mart. */
function tellPlace() {
  const { level, data } = A.place;
  const last = data.years.at(-1);
  const lines = [];
  const name = $("#place-name").firstChild.textContent;
  if (!last || last.ce_tgco2 === null || last.cnc_tgco2 === null) {
    const outside = data.years.every((row) => row.ce_tgco2 === null);
    lines.push(outside ? say("{0} has no emission inventory, so it has no balance and is outside the totals.", name)
      : say("The published file has no balance of {0} in its last year.", name));
  } else {
    lines.push(say("In {0}, {1} emitted {2} and its land took up {3} ({4}).", last.year, name,
      about(last.ce_tgco2), about(last.ecs_tgco2), percentage(last.absorbed_ratio)));
    const mean = data.ranges.find((row) => row.indicator === "CNC");
    if (mean) {
      lines.push(say("On the mean of the years its balance was {0}, with 95 % between {1} and {2}.",
        about(mean.value_tgco2), shownNumber(mean.low_tgco2), shownNumber(mean.high_tgco2)));
    }
    const trend = data.trends.find((row) => row.indicator === "CNC");
    if (trend?.slope_tgco2_yr !== null && trend?.slope_tgco2_yr !== undefined) {
      const clear = trend.mk_p_value !== null && trend.mk_p_value < 0.05;
      lines.push(say(trend.slope_tgco2_yr < 0 ? "It fell by {0} a year ({1})." : "It rose by {0} a year ({1}).",
        about(Math.abs(trend.slope_tgco2_yr)),
        say(clear ? "a significant trend" : "no significant trend")));
    }
    const rank = data.rank[0];
    if (rank?.rank) {
      lines.push(say("From the highest balance to the lowest it is number {0} of {1}.", rank.rank, rank.ranked));
      if (rank.rank_within) lines.push(say("In its province it is number {0} of {1}.", rank.rank_within, rank.ranked_within));
    }
  }
  $("#place-sentence").textContent = lines.join(language() === "zh" ? "" : " ");
  const verdict = data.verdict?.find((row) => row.verdict);
  const tag = $("#place-verdict");
  tag.hidden = !verdict;
  if (verdict) tag.textContent = `${say("Verdict")}: ${say(verdict.verdict)}`;
  $("#place-artefact").hidden = level !== "city";
}

function showFacts() {
  const { data } = A.place;
  const last = data.years.at(-1);
  const facts = $("#place-facts");
  if (!last) { facts.replaceChildren(); return; }
  const range = (indicator) => {
    const row = data.ranges.find((one) => one.indicator === indicator);
    return row ? say("mean of the years {0} ({1} to {2})", shownNumber(row.value_tgco2),
      shownNumber(row.low_tgco2), shownNumber(row.high_tgco2)) : null;
  };
  facts.replaceChildren(
    fact(`${say("Emissions")}, ${last.year}`, about(last.ce_tgco2), null, range("CE")),
    fact(`${say("Land uptake")}, ${last.year}`, about(last.ecs_tgco2), null, range("ECS")),
    fact(`${say("Balance")}, ${last.year}`, about(last.cnc_tgco2),
      last.cnc_tgco2 === null ? null : say(last.cnc_tgco2 > 0 ? "a surplus" : "a deficit"), range("CNC")),
    fact(`${say("Share absorbed")}, ${last.year}`, percentage(last.absorbed_ratio),
      last.npp_coverage_ratio === null ? "" : say("plant growth data for {0} of the area",
        percentage(last.npp_coverage_ratio))));
}

const NEXT = { nation: "region", region: "province", province: "city" };

function showNeighbours(places) {
  const { level, id, data } = A.place;
  const members = places.filter((place) => place[5]?.[level] === id && place[0] === NEXT[level]);
  $("#place-members").hidden = !members.length;
  $("#place-members ul").replaceChildren(...members.map((place) =>
    element("li", {}, link(place[0], place[1]))));
  const beside = data.neighbours?.map((row) => row.neighbour_id) ?? [];
  $("#place-neighbours").hidden = !beside.length;
  $("#place-neighbours ul").replaceChildren(...beside.map((key) => element("li", {}, link(level, key))));
  const rivals = (beside.length ? beside : members.map((place) => place[1])).slice(0, 5);
  const compared = beside.length ? [level, [id, ...rivals]]
    : [NEXT[level] ?? level, members.slice(0, 6).map((place) => place[1])];
  $("#place-compare").href = `explore.html${State.written({ path: "", m: "cnc_tgco2",
    lv: compared[0] === "nation" ? "region" : compared[0], sel: compared[1].join(" "), tab: "lines" })}`;
}

const OUTLOOK = { scenario: "Scenario", year: "Year", ce_tgco2: "Emissions", ecs_tgco2: "Land uptake",
  cnc_tgco2: "Balance", verdict: "Verdict", neutrality_year: "Year of neutrality",
  ce_cut_2060_ratio: "Cut of emissions needed by 2060" };

function showOutlook() {
  const section = $("#place-outlook");
  const rows = [...(A.place.data.outlook ?? []), ...(A.place.data.neutrality ?? [])];
  section.hidden = !rows.length;
  if (!rows.length) return;
  const tables = [A.place.data.outlook, A.place.data.neutrality].filter((one) => one?.length);
  $("div", section).replaceChildren(...tables.map((one) => tableOf(Object.entries(OUTLOOK)
    .filter(([key]) => one.some((row) => (row[key] ?? null) !== null))
    .map(([key, label]) => ({ name: key, label: say(label),
      show: key.endsWith("_ratio") ? percentage : undefined })), one)));
}

const TREND_LABELS = {
  indicator: "Quantity", mean_tgco2: "Mean (Mt a year)", slope_tgco2_yr: "Slope (Mt a year, each year)",
  mk_p_value: "p (Mann-Kendall)", slope_grade: "Grade", hurst_raw: "Hurst, plain",
  hurst_detrended: "Hurst, trend removed", first_significant_year: "Significant from",
};
const QUALITY_LABELS = {
  layer: "Layer", valid_ratio: "Share of the area with data", cell_count: "Grid cells",
  centre_rule_difference_ratio: "Difference if cells are counted by their centre",
};

function showDetails() {
  const { data } = A.place;
  const fill = (holder, labels, rows, shown = {}) => {
    if (!holder) return;
    // A column without a value would only take room.
    const columns = Object.entries(labels).filter(([key]) => rows.some((row) => (row[key] ?? null) !== null))
      .map(([key, label]) => ({ name: key, label: say(label), show: shown[key] }));
    holder.replaceChildren(rows.length ? tableOf(columns, rows)
      : element("p", { class: "absent" }, say("The published file has no such row.")));
  };
  fill($("#place-trends"), TREND_LABELS, data.trends);
  const section = $("#place-quality");
  if (!section) return;
  section.hidden = !data.quality?.length;
  const layers = JSON.parse(section.dataset.layers);
  fill($("div", section), QUALITY_LABELS, data.quality ?? [], {
    layer: (name) => say(layers[name] ?? name), valid_ratio: percentage,
    centre_rule_difference_ratio: percentage });
}

/* Rows of a figure of this page, as its choices leave them. */
async function placeRows(figure) {
  const name = figure.datasets[0].replace("place_", "");
  const rows = filtered(A.place.data[name] ?? [], figure);
  if (name !== "siblings") return rows;
  return rows.map((row) => ({ ...row, name: A.nameOf(A.place.level, row.id), own: row.id === A.place.id }));
}

drawers.placeView = async (figure) => {
  const name = figure.datasets[0].replace("place_", "");
  const { level, id, encoded } = A.place;
  const queries = await A.load("place/sql");
  const sql = queries[name]?.[level] ?? "";
  return { columns: encoded[name].columns, rows: filtered(A.place.data[name] ?? [], figure),
    sql: sql.replaceAll("{level}", level).replaceAll("{id}", id.replaceAll("'", "''")) };
};
drawers.placeState = () => (A.place ? A.nameOf(A.place.level, A.place.id) : "");
drawers.placeName = (figure) => `${figure.anchor}_${A.place.level}_${A.place.id}`;

drawers.locator = async (figure, holder) => {
  await A.load("shapes");
  const { level, id, parents } = A.place;
  const { levels, inset } = A.data.shapes;
  const ground = levels.province.length ? "province" : "city";
  const { $accent } = theme().tokens;
  const places = new Map(levels[ground].map(([key]) => [key, { id: key, value: null,
    fill: key === parents?.province ? theme().ramp[2] : theme().land,
    label: A.nameOf(ground, key), shown: "", address: `place.html#${ground}/${encodeURIComponent(key)}` }]));
  const drawnMap = drawMap($(".stage", holder), { anchor: figure.anchor, level: ground, places,
    title: say("{0} on the map", A.nameOf(level, id)) });
  const own = (lists) => lists.filter(([key]) => level !== "nation" && key === id).map(([, path]) =>
    svg("path", { d: path, fill: $accent, stroke: $accent, "stroke-width": 2, "pointer-events": "none", ...thin }));
  $(".zoomed", drawnMap).append(...own(levels[level] ?? []));
  if (inset) drawnMap.append(...own(inset.levels[level] ?? []));
};

function listPlaces(places, asked) {
  const holder = $("#place-list");
  $("#place-unknown").hidden = !asked || asked === "main";
  const byParent = new Map();
  for (const place of places.filter((one) => one[0] === "city")) {
    const parent = place[5]?.province ?? "";
    if (!byParent.has(parent)) byParent.set(parent, []);
    byParent.get(parent).push(place);
  }
  const sections = [...byParent].map(([parent, cities]) => element("section", {},
    element("h3", {}, parent ? link("province", parent) : say("Without a province")),
    element("ul", { class: "links" }, ...cities.map((city) =>
      element("li", {}, link("city", city[1]))))));
  holder.replaceChildren(...sections);
}
