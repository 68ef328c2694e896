/* Drawing a figure of each kind with Vega. */

/* A stamp in the corner says that an input is synthetic; the line below names which. */
function sayNote(holder, labels) {
  const stamp = $(".stamp", holder);
  if (!stamp) return;
  stamp.hidden = !labels.length;
  stamp.title = labels.map((label) => say(label)).join(", ");
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
  filled.autosize ??= { type: "fit-x", contains: "padding" };
  A.views[figure.anchor]?.finalize();
  const { view } = await window.vegaEmbed(stage, filled, {
    // Vega's canvas does not deliver a tap, and an SVG is sharp on paper.
    mode: "vega-lite", actions: false, renderer: "svg", tooltip: { theme: themeName() },
  });
  A.views[figure.anchor] = view;
  // One picture with a name: its rows are in the table beside it.
  const picture = $("svg", stage);
  picture?.setAttribute("role", "img");
  picture?.setAttribute("aria-label", say(figure.title));
  for (const part of $$("svg *", stage)) {
    for (const name of part.getAttributeNames()) {
      if (name === "role" || name.startsWith("aria-")) part.removeAttribute(name);
    }
  }
  sayNote(holder, labels);
  return view;
}

const drawers = {
  async chart(figure, holder) {
    const rows = {};
    for (const name of figure.datasets) rows[name] = filtered(await A.rows(name), figure);
    const first = rows[figure.datasets[0]];
    if (!first.length) { nothing(figure, holder, "There is no value for this choice."); return; }
    await embed(figure, holder, figure.spec, rows, figure.synthetic);
  },

  async choropleth(figure, holder) {
    await A.load("shapes");
    await A.load("places");
    const state = chosen(figure);
    const level = Object.values(figure.options.levels)[0];
    const measureName = state.measure ?? Object.keys(figure.options.measures)[0];
    const measure = figure.options.measures[measureName];
    const rows = filtered(await A.rows(level.dataset), figure);
    const values = new Map(rows.map((row) => [row[level.id], row[measureName]]));
    const { places, legend } = coloured_places(level.shapes, measure, values,
      measure.breaks?.[level.shapes]);
    drawLegend(holder, legend);
    drawMap($(".stage", holder), { anchor: figure.anchor, level: level.shapes, places,
      title: say(figure.title) });
    sayNote(holder, measure.synthetic);
  },

  async cells(figure, holder) {
    await A.load("shapes");
    await A.load("places");
    const { column, dataset, resolution } = figure.options;
    const measure = figure.options.measures[column];
    const paint = painter(measure, measure.breaks.cell);
    const rows = (await A.rows(dataset)).filter((row) => row[column] !== null);
    const legend = paint.legend(measure);
    legend.items.push(unknownItem());
    drawLegend(holder, legend);
    // Provinces answer the pointer; the grid beneath them is one picture.
    const level = A.data.shapes.levels.province.length ? "province" : "city";
    const places = new Map(A.data.shapes.levels[level].map(([id]) => [id, { id, fill: "transparent",
      label: A.nameOf(level, id), shown: "", address: `place.html#${level}/${encodeURIComponent(id)}` }]));
    drawMap($(".stage", holder), { anchor: figure.anchor, level, places, title: say(figure.title),
      cells: cellsPicture(rows, column, paint, measure.scale, resolution) });
    sayNote(holder, measure.synthetic);
  },

  async place(figure, holder) {
    const rows = await placeRows(figure);
    if (!rows.length) { nothing(figure, holder, say("The published file has no such row.")); return; }
    await embed(figure, holder, figure.spec, { [figure.datasets[0]]: rows }, figure.synthetic);
  },
};

A.offers = {
  choropleth: (figure) => ({ dataset: Object.values(figure.options.levels)[0].dataset, where: null }),
};

function nothing(figure, holder, sentence) {
  A.views[figure.anchor]?.finalize();
  delete A.views[figure.anchor];
  $(".stage", holder).replaceChildren(element("p", { class: "absent" }, sentence));
}
