/* Drawing a figure of each kind with Vega. */

/* The borders of a map lie above its places: they must not take the pointer from them. */
function finished(labels) {
  return (spec) => {
    for (const mark of spec.marks) {
      if (mark.from?.data === "borders") mark.interactive = false;
    }
    if (labels.length) {
      spec.marks.push({
        type: "text", interactive: false, aria: false, zindex: 9,
        encode: { update: {
          x: { signal: "width / 2" }, y: { signal: "height / 2" },
          text: { value: "SYNTHETIC INPUT" }, align: { value: "center" },
          baseline: { value: "middle" }, angle: { signal: "height < 130 ? 0 : -18" },
          fontSize: { signal: "max(14, min(width / 11, height / 2.4, 54))" }, fontWeight: { value: 700 },
          fill: { value: theme().watermark }, stroke: { value: theme().watermarkEdge },
          strokeWidth: { value: 1 },
        } },
      });
    }
    return spec;
  };
}

function sayNote(holder, labels) {
  const note = $(".synthetic", holder);
  if (!note) return;
  note.hidden = !labels.length;
  $("span", note).textContent = labels.join(", ");
}

const NARROW = 520; // pixels: a phone
const LETTER = 7; // pixels, the mean width of one

function lines(title, most) {
  const wrapped = [""];
  for (const word of title.split(" ")) {
    const last = wrapped.length - 1;
    if (wrapped[last] && wrapped[last].length + word.length >= most) wrapped.push(word);
    else wrapped[last] = wrapped[last] ? `${wrapped[last]} ${word}` : word;
  }
  return wrapped;
}

/* On a phone a long title of an axis takes two lines, and a legend one or two columns. */
function fitted(spec, width) {
  if (Array.isArray(spec)) return spec.map((part) => fitted(part, width));
  if (!spec || typeof spec !== "object") return spec;
  const made = Object.fromEntries(
    Object.entries(spec).map(([key, value]) => [key, fitted(value, width)]));
  for (const axis of [made.x, made.y]) {
    const most = Math.floor((axis === made.x ? width - 110 : 260) / LETTER);
    if (typeof axis?.title === "string" && axis.title.length > most) {
      axis.title = lines(axis.title, most);
    }
  }
  if (width < NARROW && made.columns > 1) made.columns = made.columns > 4 ? 2 : 1;
  return made;
}

async function embed(figure, holder, spec, rows, labels) {
  const stage = $(".stage", holder);
  const filled = fitted(coloured(spec), stage.clientWidth);
  filled.datasets = rows;
  filled.config = vegaConfig();
  filled.description = figure.title;
  filled.autosize = filled.autosize ?? { type: "fit-x", contains: "padding" };
  A.views[figure.anchor]?.finalize();
  const { view } = await window.vegaEmbed(stage, filled, {
    mode: "vega-lite", actions: false,
    // Vega's canvas does not deliver a tap, its SVG does; thousands of cells need the canvas.
    renderer: ["choropleth", "locator"].includes(figure.kind) ? "svg" : "canvas",
    tooltip: { theme: themeName() }, patch: finished(labels),
  });
  A.views[figure.anchor] = view;
  sayNote(holder, labels);
  return view;
}

/* A country may be given without provinces: then its cities are its borders. */
const outermost = (shapes) => (shapes.province.length ? shapes.province : shapes.city);

const drawers = {
  async chart(figure, holder) {
    const rows = {};
    for (const name of figure.datasets) rows[name] = filtered(await A.rows(name), figure);
    const first = rows[figure.datasets[0]];
    if (!first.length) { nothing(figure, holder, "There is no value for this choice."); return; }
    await embed(figure, holder, figure.spec, rows, figure.synthetic);
  },

  async curves(figure, holder) {
    const state = chosen(figure);
    const level = figure.options.levels[state.level];
    const measure = figure.options.measures[state.measure];
    const all = await A.rows(level.dataset);
    const names = new Map(all.map((row) => [row[level.id], row[level.name] ?? row[level.id]]));
    const select = controlOf(figure.anchor, "place");
    if (select.dataset.level !== state.level) {
      const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1]));
      select.replaceChildren(...sorted.map(([id, name]) =>
        element("option", { value: id }, name)));
      select.dataset.level = state.level;
      state.place = sorted[0]?.[0];
    }
    const rows = all.map((row) => ({
      id: row[level.id], name: names.get(row[level.id]), year: row.year,
      value: row[state.measure] === null ? null : row[state.measure] * measure.scale,
      chosen: row[level.id] === state.place,
    })).sort((a, b) => a.chosen - b.chosen);
    const spec = structuredClone(figure.spec);
    spec.encoding.y.title = `${measure.label}, ${measure.unit}`;
    await embed(figure, holder, spec, { curves: rows }, measure.synthetic);
  },

  async choropleth(figure, holder) {
    await A.load("shapes");
    await A.load("places");
    const { features, legend, labels, borders } = await mapContent(figure);
    drawLegend(holder, legend);
    const view = await embed(figure, holder, mapSpec(figure, holder),
      { places: features, borders }, labels);
    view.addEventListener("click", (_, item) => {
      if (item?.datum?.place) A.open(item.datum.place);
    });
  },

  async cells(figure, holder) {
    const shapes = await A.load("shapes");
    const { column, dataset, resolution } = figure.options;
    const measure = figure.options.measures[column];
    const paint = painter(measure, measure.breaks.cell);
    const features = (await A.rows(dataset)).filter((row) => row[column] !== null).map((row) => {
      const high = (resolution ?? Math.sqrt(row.area_km2) / 111.2) / 2;
      const wide = resolution ? high : high / Math.cos((row.latitude * Math.PI) / 180);
      const [w, e] = [row.longitude - wide, row.longitude + wide];
      const [s, n] = [row.latitude - high, row.latitude + high];
      return {
        type: "Feature", fill: paint.colour(row[column] * measure.scale),
        geometry: { type: "Polygon", coordinates: [[[w, s], [w, n], [e, n], [e, s], [w, s]]] },
        label: `${degrees(row.latitude, "N", "S")}, ${degrees(row.longitude, "E", "W")}`,
        shown: `${shownNumber(row[column])} ${measure.unit}`,
      };
    });
    const legend = paint.legend(measure);
    legend.items.push(unknownItem());
    drawLegend(holder, legend);
    const borders = outermost(shapes).map(([, geometry]) => ({ type: "Feature", geometry }));
    await embed(figure, holder, mapSpec(figure, holder), { places: features, borders },
      measure.synthetic);
  },

  async locator(figure, holder) {
    const shapes = await A.load("shapes");
    const { level, id, parents } = A.place;
    const { $nodata, $accent } = theme().tokens;
    const ground = shapes.province.length ? "province" : "city";
    const all = shapes[ground].map(([key, geometry]) =>
      ({ type: "Feature", geometry, fill: key === parents?.province ? theme().ramp[2] : $nodata,
        label: A.nameOf(ground, key) }));
    const own = (level === "nation" ? outermost(shapes) : shapes[level]).filter(([key]) =>
      level === "nation" || key === id).map(([, geometry]) =>
      ({ type: "Feature", geometry, fill: $accent, label: A.nameOf(level, id) }));
    const borders = outermost(shapes).map(([, geometry]) => ({ type: "Feature", geometry }));
    const spec = mapSpec(figure, holder, 340);
    await embed(figure, holder, spec, { places: [...all, ...own], borders }, figure.synthetic);
  },

  async place(figure, holder) {
    const { level, id } = A.place;
    const isCity = level === "city";
    const budget = figure.anchor === "place-budget";
    const name = budget ? (level === "nation" ? "national_years" : `${level}_years`)
      : (isCity ? "city_curves" : "area_curves");
    const rows = filtered(await A.rows(name), figure).filter((row) => (budget
      ? row[`${level}_id`] === id : row.entity_level === level && row.entity_id === id));
    if (!rows.length) { nothing(figure, holder, "The published file has no such row."); return; }
    await embed(figure, holder, figure.spec,
      { [budget ? "place_years" : "place_curves"]: rows }, figure.synthetic);
  },
};

A.offers = {
  choropleth(figure) {
    const level = chosen(figure).level ?? Object.keys(figure.options.levels)[0];
    return { dataset: figure.options.levels[level].dataset, where: null };
  },
  curves(figure) {
    return { dataset: figure.options.levels[chosen(figure).level].dataset, where: null };
  },
  place(figure) {
    const { level, id } = A.place;
    if (figure.anchor === "place-budget") {
      const dataset = level === "nation" ? "national_years" : `${level}_years`;
      return { dataset, where: { [`${level}_id`]: id } };
    }
    return {
      dataset: level === "city" ? "city_curves" : "area_curves",
      where: { entity_level: level, entity_id: id },
    };
  },
};

const degrees = (value, plus, minus) =>
  `${Math.abs(value).toFixed(2)}° ${value < 0 ? minus : plus}`;

function nothing(figure, holder, sentence) {
  A.views[figure.anchor]?.finalize();
  delete A.views[figure.anchor];
  $(".stage", holder).replaceChildren(element("p", { class: "absent" }, sentence));
}
