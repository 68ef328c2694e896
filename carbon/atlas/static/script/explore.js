/* One figure for any measure, level, year and place: map, lines, ranking, scatter, table, sources. */

const MOST_PLACES = 6;
const TABS = ["map", "lines", "ranking", "scatter", "table", "sources"];

/* What the address asks of the figure, with what is missing or unknown put right. */
function explored(figure) {
  const asked = State.read();
  const { levels, measures, years } = figure.options;
  const among = (value, known, otherwise) => (known.includes(value) ? value : otherwise);
  const lv = among(asked.lv, Object.keys(levels), Object.keys(levels)[0]);
  const tab = among(asked.tab, TABS, "map");
  const m = among(asked.m, Object.keys(measures), Object.keys(measures)[0]);
  const measure = measures[m];
  const last = String(years[years.length - 1]);
  const whole = measure.mean ? ["mean"] : [];
  const sensible = measure.categories ? ["mean"] : [...whole, ...years.map(String)];
  return {
    lv, tab, m,
    y: among(asked.y, sensible, measure.categories ? "mean" : last),
    sel: (asked.sel ?? "").split(" ").filter(Boolean).slice(0, MOST_PLACES),
    prov: asked.prov ?? "",
    as: among(asked.as, ["circles", "fill"], measure.total ? "circles" : "fill"),
    show: among(asked.show, ["ends", "all"], "ends"),
  };
}

const exploreMeasure = (figure) => figure.options.measures[explored(figure).m];
const periodOf = (state, figure) => (state.y === "mean"
  ? say("mean of {0} to {1}", figure.options.years[0], figure.options.years.at(-1)) : state.y);

/* The values of a year or of the mean, with their ranges where the file has them. */
async function valuesAt(figure, state, name = state.m) {
  const measure = figure.options.measures[name];
  const key = `${state.lv}_id`;
  if (measure.categories) {
    const rows = await A.rows(`verdicts_${state.lv}`);
    return { values: new Map(rows.map((row) => [row[key], row.verdict])), rows };
  }
  if (state.y === "mean") {
    const rows = await A.rows(`range_${state.lv}_${measure.mean.toLowerCase()}`);
    const of = (column) => new Map(rows.map((row) => [row[key], row[column]]));
    return { values: of("value_tgco2"), low: of("low_tgco2"), high: of("high_tgco2") };
  }
  const rows = await A.rows(`${state.lv}_${name}`);
  return { values: new Map(rows.filter((row) => String(row.year) === state.y)
    .map((row) => [row[key], row[name]])) };
}

const withinProvince = (figure, state) => (id) => {
  if (!state.prov || state.lv !== "city") return true;
  return A.index.get(`city/${id}`)?.[5]?.province === state.prov;
};

const explorers = {
  async map(figure, holder, state) {
    const measure = exploreMeasure(figure);
    const { values, low, high, rows } = await valuesAt(figure, state);
    const within = withinProvince(figure, state);
    if (state.prov) for (const id of values.keys()) if (!within(id)) values.set(id, null);
    const limits = state.y === "mean" && measure.breaks ? measure.breaks[state.lv] : measure.breaks?.[state.lv];
    const { places, legend } = coloured_places(state.lv, measure, values, limits, { low, high });
    for (const row of rows ?? []) {
      const place = places.get(row[`${state.lv}_id`]);
      if (place && row.surplus_probability !== null) {
        place.more = [say("Probability of a surplus: {0}", percentage(row.surplus_probability))];
      }
    }
    drawLegend(holder, legend);
    const circles = state.as === "circles" && measure.total;
    if (circles) {
      const { $surplus, $deficit, $accent, $nodata } = theme().tokens;
      for (const place of places.values()) {
        place.circle = !measure.diverging ? $accent : place.value > 0 ? $surplus : $deficit;
        place.fill = place.value === null ? $nodata : theme().land;
      }
      const shown = legend.items.filter((item) => item.unknown);
      const list = [...places.values()].filter(({ value }) => value !== null);
      const largest = Math.max(...list.map(({ value }) => Math.abs(value)));
      const signs = measure.diverging
        ? [{ label: say("surplus"), colour: $surplus, count: list.filter((p) => p.value > 0).length },
          { label: say("deficit"), colour: $deficit, count: list.filter((p) => p.value <= 0).length }]
        : [{ label: say("total"), colour: $accent, count: list.length }];
      drawLegend(holder, { title: say("{0} ({1}): the area of a circle; the largest is {2}",
        say(measure.label), measure.unit, shownNumber(largest)), items: [...signs, ...shown] });
    }
    drawMap($(".stage", holder), { anchor: figure.anchor, level: state.lv, places, circles,
      title: described(figure).title, chosen: state.sel,
      onPick: { label: (id) => (state.sel.includes(id) ? "Remove from comparison" : "Compare"),
        act: (id) => toggle(figure, id) } });
  },

  async lines(figure, holder, state) {
    const measure = exploreMeasure(figure);
    if (measure.categories) { nothing(figure, holder, say("Verdicts have no course: choose a measure.")); return; }
    const all = (await A.rows(`${state.lv}_${state.m}`)).filter((row) => row[state.m] !== null);
    const key = `${state.lv}_id`;
    const picked = state.sel.length ? state.sel : await largest(figure, state, 3);
    const within = withinProvince(figure, state);
    const few = new Set(all.map((row) => row[key])).size <= 40 || Boolean(state.prov);
    const rows = all.filter((row) => picked.includes(row[key]) || (few && within(row[key])))
      .map((row) => ({ id: row[key], name: A.nameOf(state.lv, row[key]), year: row.year,
        value: row[state.m] * measure.scale, chosen: picked.includes(row[key]) }));
    const last = figure.options.years.at(-1);
    const y = { field: "value", type: "quantitative", title: `${say(measure.label)}, ${measure.unit}` };
    const x = { field: "year", type: "quantitative", title: null,
      axis: { format: "d", grid: false, tickMinStep: 1 }, scale: { zero: false, nice: false } };
    const color = { field: "name", type: "nominal", legend: null };
    const tooltip = [{ field: "name", type: "nominal", title: say("Place") },
      { field: "year", type: "ordinal", title: say("Year") },
      { field: "value", type: "quantitative", title: measure.unit, format: ",.4~g" }];
    const one = [{ filter: "datum.chosen" }];
    const spec = { width: "container", height: 420, padding: { right: 120 }, layer: [
      { data: { name: "explored" }, transform: [{ filter: "!datum.chosen" }],
        mark: { type: "line", color: "$faint", strokeWidth: 1 }, encoding: { x, y, detail: { field: "id" } } },
      { data: { name: "explored" }, mark: { type: "rule", color: "$muted" },
        encoding: { y: { datum: 0, type: "quantitative" } } },
      { data: { name: "explored" }, transform: one, mark: { type: "line", strokeWidth: 2.4 }, encoding: { x, y, color } },
      { data: { name: "explored" }, transform: [...one, { filter: `datum.year === ${last}` }],
        mark: { type: "text", align: "left", dx: 7, fontSize: 12 }, encoding: { x, y, color, text: { field: "name" } } },
      { data: { name: "explored" }, transform: one,
        params: [{ name: "near", select: { type: "point", nearest: true, on: "pointermove", clear: "pointerout", fields: ["id", "year"] } }],
        mark: { type: "point", filled: true, size: 70 },
        encoding: { x, y, color, tooltip, opacity: { value: 0, condition: { param: "near", empty: false, value: 1 } } } },
    ] };
    await embed(figure, holder, spec, { explored: rows }, measure.synthetic);
  },

  async ranking(figure, holder, state) {
    const measure = exploreMeasure(figure);
    if (measure.categories) { nothing(figure, holder, say("Verdicts have no order: choose a measure.")); return; }
    const ranked = await rankedRows(figure, state);
    const ends = state.show === "ends" && ranked.length > 24;
    const rows = ends ? [...ranked.slice(0, 10), ...ranked.slice(-10),
      ...ranked.slice(10, -10).filter(({ id }) => state.sel.includes(id))]
      .sort((a, b) => a.rank - b.rank) : ranked;
    const y = { field: "place", type: "nominal", sort: null, title: null, axis: { labelLimit: 260 } };
    const x = { field: "value", type: "quantitative", title: `${say(measure.label)}, ${measure.unit}` };
    const tooltip = [{ field: "name", type: "nominal", title: say("Place") },
      { field: "rank", type: "quantitative", title: say("Rank") },
      { field: "value", type: "quantitative", title: measure.unit, format: ",.4~g" },
      { field: "low", type: "quantitative", title: say("Low"), format: ",.4~g" },
      { field: "high", type: "quantitative", title: say("High"), format: ",.4~g" }];
    const spec = { width: "container", height: { step: 21 }, layer: [
      { data: { name: "explored" }, mark: { type: "bar", size: 14 },
        encoding: { y, x, tooltip, fill: { field: "fill", type: "nominal", scale: null } } },
      { data: { name: "explored" }, transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "rule", color: "$ink", strokeWidth: 1.3 },
        encoding: { y, x: { field: "low", type: "quantitative" }, x2: { field: "high" }, tooltip } },
      { data: { name: "explored" }, mark: { type: "rule", color: "$ink" },
        encoding: { x: { datum: 0, type: "quantitative" } } },
    ] };
    await embed(figure, holder, spec, { explored: rows }, measure.synthetic);
  },

  async scatter(figure, holder, state) {
    const years = state.y === "mean" ? null : state.y;
    const [x, y] = ["ce_tgco2", "ecs_tgco2"];
    const [emitted, absorbed] = [await valuesAt(figure, state, x), await valuesAt(figure, state, y)];
    const within = withinProvince(figure, state);
    const dot = (id, ce, ecs, year) => ({ id, name: A.nameOf(state.lv, id), ce, ecs, year,
      side: ecs > ce ? "surplus" : "deficit", chosen: state.sel.includes(id) });
    const rows = [...emitted.values].filter(([id, ce]) => ce !== null && within(id)
      && (absorbed.values.get(id) ?? null) !== null)
      .map(([id, ce]) => dot(id, ce, absorbed.values.get(id), years ?? "mean"));
    const key = `${state.lv}_id`;
    const trails = [];
    if (state.sel.length) {
      const later = new Map((await A.rows(`${state.lv}_${y}`)).map((row) => [`${row[key]}/${row.year}`, row[y]]));
      for (const row of await A.rows(`${state.lv}_${x}`)) {
        const ecs = later.get(`${row[key]}/${row.year}`);
        if (state.sel.includes(row[key]) && row[x] !== null && (ecs ?? null) !== null) {
          trails.push(dot(row[key], row[x], ecs, row.year));
        }
      }
    }
    const most = Math.max(...rows.map(({ ce }) => ce), 1);
    const scale = { type: "symlog", constant: 1 };
    const xs = { field: "ce", type: "quantitative", scale, title: say("Emissions (Mt CO₂ a year)") };
    const ys = { field: "ecs", type: "quantitative", scale, title: say("Land uptake (Mt CO₂ a year)") };
    const side = { field: "side", type: "nominal", title: null,
      scale: { domain: ["surplus", "deficit"], range: ["$surplus", "$deficit"] },
      legend: { orient: "top", labelExpr: `{surplus: '${say("absorbs more than it emits")}', deficit: '${say("emits more than it absorbs")}'}[datum.label]` } };
    const tooltip = [{ field: "name", type: "nominal", title: say("Place") },
      { field: "year", type: "nominal", title: say("Year") },
      { field: "ce", type: "quantitative", title: say("Emissions"), format: ",.4~g" },
      { field: "ecs", type: "quantitative", title: say("Land uptake"), format: ",.4~g" }];
    const spec = { width: "container", height: 460, layer: [
      { data: { name: "diagonal" }, mark: { type: "line", color: "$muted", strokeDash: [5, 4] },
        encoding: { x: xs, y: ys } },
      { data: { name: "trails" }, mark: { type: "line", strokeWidth: 1.6, color: "$ink", opacity: 0.7 },
        encoding: { x: xs, y: ys, detail: { field: "id" }, order: { field: "year", type: "quantitative" } } },
      { data: { name: "explored" }, mark: { type: "point", filled: true, size: 45, opacity: 0.7 },
        params: [{ name: "near", select: { type: "point", nearest: true, on: "pointermove", clear: "pointerout" } }],
        encoding: { x: xs, y: ys, color: side, tooltip,
          size: { value: 45, condition: { param: "near", empty: false, value: 160 } } } },
      { data: { name: "explored" }, transform: [{ filter: "datum.chosen" }],
        mark: { type: "text", dy: -10, fontWeight: 600 }, encoding: { x: xs, y: ys, text: { field: "name" } } },
    ] };
    await embed(figure, holder, spec, { explored: rows, trails,
      diagonal: [0.02, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].filter((v) => v <= most).map((v) => ({ ce: v, ecs: v })) },
    exploreMeasure(figure).synthetic);
  },

  async table(figure, holder) { await fillTable(figure.anchor, $(".stage", holder)); },

  async sources(figure, holder, state) {
    const measure = exploreMeasure(figure);
    const { sql } = await A.view(figure.anchor);
    $(".stage", holder).replaceChildren(
      element("h3", {}, say(measure.label)), element("p", {}, say(measure.explained ?? "")),
      element("p", {}, A.gradeOf(figure)),
      element("p", {}, `${say("Sources")}: ${figure.sources || say("not recorded")}`),
      element("p", {}, element("a", { href: "trust.html#sources" }, say("What is real here, and what is not"))),
      element("pre", { tabindex: "0" }, element("code", {}, sql)));
  },
};

async function largest(figure, state, count) {
  const { values } = await valuesAt(figure, state);
  const within = withinProvince(figure, state);
  return [...values].filter(([id, value]) => value !== null && within(id))
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, count).map(([id]) => id);
}

/* Places from the highest value to the lowest; equal values share a rank. */
async function rankedRows(figure, state) {
  const measure = exploreMeasure(figure);
  const { values, low, high } = await valuesAt(figure, state);
  const within = withinProvince(figure, state);
  const { $surplus, $deficit, $accent } = theme().tokens;
  const sides = measure.diverging && measure.breaks[state.lv].includes(measure.middle);
  const fillOf = (value) => (!sides ? $accent : value > measure.middle ? $surplus : $deficit);
  const known = [...values].filter(([id, value]) => value !== null && within(id))
    .sort((a, b) => b[1] - a[1]);
  let rank = 0;
  return known.map(([id, value], index) => {
    if (!index || value < known[index - 1][1]) rank = index + 1;
    const name = A.nameOf(state.lv, id);
    const scaled = (map) => (map?.get(id) ?? null) === null ? null : map.get(id) * measure.scale;
    return { id, name, place: `${rank}  ${name}`, rank, value: value * measure.scale,
      low: scaled(low), high: scaled(high), fill: fillOf(value * measure.scale) };
  });
}

function toggle(figure, id) {
  const { sel } = explored(figure);
  const next = sel.includes(id) ? sel.filter((one) => one !== id) : [...sel, id].slice(-MOST_PLACES);
  State.write({ sel: next.join(" ") });
  draw(figure.anchor);
}

drawers.explore = async (figure, holder) => {
  await A.load("places");
  await A.load("shapes");
  A.nameOf("nation", "");
  const state = explored(figure);
  fillRail(figure, holder, state);
  A.views[figure.anchor]?.finalize();
  delete A.views[figure.anchor];
  const map = state.tab === "map";
  $(".legend", holder).hidden = !map;
  $(".map", holder).classList.toggle("alone", !map);
  if (!map) $(".stage", holder).replaceChildren();
  await explorers[state.tab](figure, holder, state);
  sayNote(holder, exploreMeasure(figure).synthetic);
};

drawers.exploreState = (figure) => {
  const state = explored(figure);
  const parts = [say(exploreMeasure(figure).label) + (exploreMeasure(figure).unit
    ? ` (${exploreMeasure(figure).unit})` : ""), say(figure.options.levels[state.lv].label)];
  if (state.tab !== "lines") parts.push(periodOf(state, figure));
  if (state.prov) parts.push(A.nameOf("province", state.prov));
  if (state.sel.length) parts.push(state.sel.map((id) => A.nameOf(state.lv, id)).join(", "));
  return parts.join(" · ");
};
drawers.exploreName = (figure) => {
  const state = explored(figure);
  return [state.m, state.lv, state.y, state.tab, ...state.sel].join("_");
};

const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;

drawers.exploreView = async (figure) => {
  const state = explored(figure);
  const measure = exploreMeasure(figure);
  const [id, name] = [`${state.lv}_id`, `${state.lv}_name`];
  const places = state.tab === "lines" && state.sel.length
    ? `${id} in (${state.sel.map(quoted).join(", ")})` : "";
  const province = state.prov && state.lv === "city" ? `province_id = ${quoted(state.prov)}` : "";
  const where = (...terms) => {
    const kept = terms.filter(Boolean);
    return kept.length ? `\nwhere ${kept.join("\n  and ")}` : "";
  };
  if (measure.categories) {
    const { rows } = await valuesAt(figure, state);
    const { columns, sql } = await A.load(`verdicts_${state.lv}`);
    return { columns, rows: rows.filter((row) => withinProvince(figure, state)(row[id])), sql };
  }
  if (state.tab === "lines") {
    const rows = (await A.rows(`${state.lv}_${state.m}`))
      .filter((row) => !state.sel.length || state.sel.includes(row[id]))
      .map((row) => ({ ...row, [name]: A.index.get(`${state.lv}/${row[id]}`)?.[2] }));
    return { columns: [{ name: id, unit: "" }, { name, unit: "" }, { name: "year", unit: "" },
      { name: state.m, unit: figure.options.units[state.m] ?? "" }], rows,
    sql: `select ${id}, ${name}, year, ${state.m}\nfrom marts.fct_${state.lv}_carbon_budgets`
      + `${where(places, province)}\norder by ${id}, year` };
  }
  const mean = state.y === "mean";
  const column = mean ? "value_tgco2" : state.m;
  const ranked = await rankedRows(figure, state);
  const rows = ranked.map((row) => ({ rank: row.rank, [id]: row.id,
    [name]: A.index.get(`${state.lv}/${row.id}`)?.[2], [column]: row.value / measure.scale,
    ...(mean ? { low_tgco2: row.low, high_tgco2: row.high } : {}) }));
  const unit = figure.options.units[column] ?? figure.options.units[state.m] ?? "";
  const table = mean
    ? `select entity_id as ${id}, entity_name as ${name}, value_tgco2, low_tgco2, high_tgco2\n`
      + "from marts.fct_budget_uncertainties"
      + `${where(`entity_level = ${quoted(state.lv)}`, `indicator = ${quoted(measure.mean)}`)}`
      + "\norder by value_tgco2 desc"
    : `select ${id}, ${name}, ${state.m}\nfrom marts.fct_${state.lv}_carbon_budgets`
      + `${where(`year = ${state.y}`, province)}\norder by ${state.m} desc nulls last`;
  return { columns: [{ name: "rank", unit: "" }, { name: id, unit: "" }, { name, unit: "" },
    { name: column, unit }, ...(mean ? [{ name: "low_tgco2", unit }, { name: "high_tgco2", unit }] : [])],
  rows, sql: table };
};

/* -- the rail: choices on the left, tabs above the figure */

function fillRail(figure, holder, state) {
  const measure = exploreMeasure(figure);
  const { years: all } = figure.options;
  $("h2", holder).textContent = `${say(measure.label)}, ${state.tab === "lines"
    ? say("{0} to {1}", all[0], all.at(-1)) : periodOf(state, figure)}`;
  for (const [name, value] of Object.entries({ m: state.m, lv: state.lv, as: state.as, show: state.show, prov: state.prov })) {
    const control = $(`[data-explore=${name}]`, holder);
    if (control && control.value !== value) control.value = value;
  }
  $("[data-explore=as]", holder).closest("label").hidden = state.tab !== "map" || !measure.total;
  $("[data-explore=show]", holder).closest("label").hidden = state.tab !== "ranking";
  $("[data-explore=prov]", holder)?.closest("label").toggleAttribute("hidden", state.lv !== "city");
  const years = figure.options.years;
  const slider = $("input[type=range]", holder);
  if (slider) {
    slider.closest(".slider").hidden = state.tab === "lines" || Boolean(measure.categories);
    slider.value = state.y === "mean" ? years.length - 1 : years.map(String).indexOf(state.y);
    slider.disabled = state.y === "mean";
    slider.setAttribute("aria-valuetext", periodOf(state, figure));
    $("output", holder).textContent = periodOf(state, figure);
    const mean = $("[data-explore=mean]", holder);
    mean.checked = state.y === "mean";
    mean.closest("label").hidden = !measure.mean || state.tab === "lines" || Boolean(measure.categories);
  }
  for (const tab of $$("[role=tab]", holder)) {
    tab.setAttribute("aria-selected", String(tab.dataset.tab === state.tab));
    tab.tabIndex = tab.dataset.tab === state.tab ? 0 : -1;
  }
  $(".chips", holder).replaceChildren(...state.sel.map((id) => {
    const chip = element("button", { type: "button", class: "chip",
      "aria-label": `${say("Remove from comparison")}: ${A.nameOf(state.lv, id)}` }, `${A.nameOf(state.lv, id)} ×`);
    chip.addEventListener("click", () => toggle(figure, id));
    return chip;
  }));
  $(".artefact", holder).hidden = state.lv !== "city" || state.tab === "sources";
}

function prepareExplore(holder) {
  const figure = A.figures[holder.dataset.figure];
  const change = (changes, options) => { State.write(changes, options); return draw(figure.anchor); };
  for (const select of $$("select[data-explore]", holder)) {
    select.addEventListener("change", () => change({ [select.dataset.explore]: select.value,
      // Keys of another level mean nothing there.
      ...(select.dataset.explore === "lv" ? { sel: "", prov: "" } : {}) }));
  }
  $("[data-explore=mean]", holder)?.addEventListener("change", (event) =>
    change({ y: event.target.checked ? "mean" : String(figure.options.years.at(-1)) }));
  const tabs = $$("[role=tab]", holder);
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => change({ tab: tab.dataset.tab }));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
  });
  const slider = $("input[type=range]", holder);
  slider?.addEventListener("input", () =>
    change({ y: String(figure.options.years[Number(slider.value)]) }, { quiet: true }));
  const play = $(".play", holder);
  let timer = 0;
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = say("Play"); };
  play?.addEventListener("click", () => {
    if (timer) { stop(); return; }
    if (Number(slider.value) === figure.options.years.length - 1) slider.value = 0;
    play.textContent = say("Pause");
    timer = setInterval(() => {
      change({ y: String(figure.options.years[Number(slider.value)]) }, { quiet: true });
      if (Number(slider.value) === figure.options.years.length - 1) { stop(); return; }
      slider.value = Number(slider.value) + 1;
    }, 700);
  });
  const add = $("[data-explore=add]", holder);
  const take = async () => {
    const { lv } = explored(figure);
    const found = (await A.find(add.value)).find(([level]) => level === lv);
    if (!found) { add.setCustomValidity(say("No place of that name")); add.reportValidity(); return; }
    add.value = "";
    toggle(figure, found[1]);
  };
  add.addEventListener("input", () => add.setCustomValidity(""));
  add.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
}
